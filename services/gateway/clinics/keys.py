"""What a key looks like, and the digest that is stored instead of it. Pure; nothing is looked up here."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Final

from shared.contracts.enums import TokenKind

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_SECRET_LENGTH: Final = 40
_SHOWN_LENGTH: Final = 8
_FORM: Final = re.compile(f"ll_[{_ALPHABET}]{{{_SHOWN_LENGTH}}}_[{_ALPHABET}]{{{_SECRET_LENGTH}}}")
# Prefixes of their own, so that whoever searches logs and repositories for secrets finds them.
_TOKEN_PREFIXES: Final = {TokenKind.ACCESS: "lld", TokenKind.REFRESH: "llr"}
_TOKEN: Final = re.compile(f"(lld|llr)_[{_ALPHABET}]{{{_SECRET_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key or a token at the one moment when its text is known."""

    text: str = field(repr=False)
    digest: bytes


def make_key(key_id: str) -> NewKey:
    """Return a key of 200 random bits. It shows the end of its id, so that one that was found can be named."""
    text = f"ll_{key_id[-_SHOWN_LENGTH:]}_{_secret()}"
    return NewKey(text=text, digest=digest_of(text))


def make_token(kind: TokenKind) -> NewKey:
    """Return a device's token of 200 random bits."""
    text = f"{_TOKEN_PREFIXES[kind]}_{_secret()}"
    return NewKey(text=text, digest=digest_of(text))


def digest_of(text: str) -> bytes:
    """Return the 32 bytes that stand for a key or a token. A plain hash is enough: nobody guesses 200 random bits."""
    return hashlib.sha256(text.encode()).digest()


def looks_like_key(text: str) -> bool:
    """Return whether the text can be a key at all, so that other texts cost no question to the database."""
    return _FORM.fullmatch(text) is not None


def looks_like_token(text: str, kind: TokenKind) -> bool:
    """Return whether the text can be a device's token of this kind."""
    found = _TOKEN.fullmatch(text)
    return found is not None and found[1] == _TOKEN_PREFIXES[kind]


def _secret() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
