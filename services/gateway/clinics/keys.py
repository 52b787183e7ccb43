"""What a key looks like, and the digest that is stored instead of it. Pure; nothing is looked up here."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_SECRET_LENGTH: Final = 40
_SHOWN_LENGTH: Final = 8
_FORM: Final = re.compile(f"ll_[{_ALPHABET}]{{{_SHOWN_LENGTH}}}_[{_ALPHABET}]{{{_SECRET_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the one moment when its text is known."""

    text: str = field(repr=False)
    digest: bytes


def make_key(key_id: str) -> NewKey:
    """Return a key of 200 random bits. It shows the end of its id, so that one that was found can be named."""
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    text = f"ll_{key_id[-_SHOWN_LENGTH:]}_{secret}"
    return NewKey(text=text, digest=digest_of(text))


def digest_of(text: str) -> bytes:
    """Return the 32 bytes that stand for a key. A plain hash is enough: nobody guesses 200 random bits."""
    return hashlib.sha256(text.encode()).digest()


def looks_like_key(text: str) -> bool:
    """Return whether the text can be a key at all, so that other texts cost no question to the database."""
    return _FORM.fullmatch(text) is not None
