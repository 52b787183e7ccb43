"""What a code looks like, how one that was typed is read, and the digest that is stored. Pure; nothing is looked up."""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Final

# Crockford's base 32: no I, L, O, U. What is read as one of the first three is taken for the digit that it looks like.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FOLDED: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_LENGTH: Final = 10
_GROUP: Final = 5

# About 20 ms and 8 MiB. A code has 50 bits only: who reads the table would undo a plain hash of one in a day. The salt
# is the same for all, for a code is looked up by its digest.
_SCRYPT: Final = {"n": 2**13, "r": 8, "p": 1, "dklen": 32}
_SALT: Final = b"lesionlens enrolment code"


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code at the one moment when its text is known."""

    text: str = field(repr=False)
    digest: bytes


def make_code() -> NewCode:
    """Return a code of 50 random bits, as `ABCDE-FGHJK`."""
    symbols = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return NewCode(text=f"{symbols[:_GROUP]}-{symbols[_GROUP:]}", digest=digest_of(symbols))


def read_code(text: str) -> str | None:
    """Return the symbols of a code as it was typed, in whatever case, spaced as it may be; None where it is none."""
    symbols = text.strip().upper().translate(_FOLDED)
    return symbols if len(symbols) == _LENGTH and set(symbols) <= set(_ALPHABET) else None


def digest_of(symbols: str) -> bytes:
    """Return the 32 bytes that stand for a code. Slow on purpose."""
    return hashlib.scrypt(symbols.encode(), salt=_SALT, **_SCRYPT)
