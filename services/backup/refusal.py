"""Why a backup or a restore did not happen, in words for the operator."""


class Refused(Exception):
    """The message says what is wrong and what to do; nothing was changed unless it says so."""
