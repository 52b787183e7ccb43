"""What can be wrong with what a user of the trainer hands in. Every message names the row, the file or the option."""


class TrainerFault(Exception):
    """Base: the command ends with this message and exit status 2, and leaves nothing half-written."""


class BadData(TrainerFault):
    """Photos or their list: a missing column, an unknown class, an unreadable file, a lesion on both sides."""


class BadModel(TrainerFault):
    """A model folder, checkpoint or exported learner that cannot be used."""


class BadOption(TrainerFault):
    """An option of the command line that does not fit the others."""
