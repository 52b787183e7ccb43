"""Ids: a prefix that says what it names, and a time-ordered random part (UUIDv7, RFC 9562, in Crockford's base 32)."""

import re
import secrets
import time
from enum import StrEnum
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH: Final = 26


class IdPrefix(StrEnum):
    CASE = "case"
    RUN = "run"
    EVENT = "evt"
    CLINIC = "cli"
    KEY = "key"
    MODEL = "mdl"
    UPLOAD = "upl"
    ENDPOINT = "whe"
    SECRET = "whs"  # noqa: S105 - the prefix of an id
    DELIVERY = "dlv"
    RERUN = "rrn"
    CONSENT = "cns"
    SUBJECT_ERASURE = "ers"
    ENROLMENT = "enr"
    DEVICE = "dev"


def new_id(prefix: IdPrefix) -> str:
    """Return a new id, for example `case_` and 26 characters; ids made later sort later (to the millisecond)."""
    milliseconds = time.time_ns() // 1_000_000
    number = (milliseconds & ((1 << 48) - 1)) << 80
    number |= 0x7 << 76 | secrets.randbits(12) << 64
    number |= 0b10 << 62 | secrets.randbits(62)
    digits = [_ALPHABET[(number >> shift) & 31] for shift in range((_LENGTH - 1) * 5, -1, -5)]
    return f"{prefix}_{''.join(digits)}"


def id_pattern(prefix: IdPrefix) -> str:
    """Return the regular expression of such ids, for request validation."""
    return f"^{prefix}_[{_ALPHABET}]{{{_LENGTH}}}$"


def is_id(value: str, prefix: IdPrefix) -> bool:
    return re.fullmatch(id_pattern(prefix), value) is not None
