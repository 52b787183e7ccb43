"""Secrets at rest: sealed by keys that the operator holds, so that a copy of the database alone opens none of them."""

import re
from collections.abc import Sequence
from typing import Final, Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from shared.errors import SecretUnreadable
from shared.settings import SecretsSettings

# Fernet itself overlooks what follows a key, and so two keys without a comma.
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{43}=")


class SecretBox:
    """Fernet (AES-128-CBC with HMAC-SHA256) under several keys: the first one seals, each of them opens."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises ValueError that names the setting, and never a key, where one is malformed or there is none."""
        if not keys:
            raise ValueError("SECRETS_KEYS holds no key")
        self._fernets = MultiFernet([_fernet(number, key) for number, key in enumerate(keys, 1)])

    @classmethod
    def of(cls, settings: SecretsSettings) -> Self:
        """Return the box of this process. Raises ValueError."""
        listed = settings.secrets_keys.get_secret_value().split(",")
        return cls([key.strip() for key in listed if key.strip()])

    def __repr__(self) -> str:
        return "SecretBox(...)"

    def seal(self, text: str) -> str:
        return self._fernets.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """Return the text. Raises SecretUnreadable where no key fits, or what is sealed was changed."""
        try:
            return self._fernets.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise _unreadable() from None

    def rotate(self, sealed: str) -> str:
        """Return the same text sealed by the first key. Raises SecretUnreadable."""
        try:
            return self._fernets.rotate(sealed.encode()).decode("ascii")
        except InvalidToken:
            raise _unreadable() from None


def _fernet(number: int, key: str) -> Fernet:
    if not _KEY.fullmatch(key):
        raise ValueError(f"SECRETS_KEYS: key {number} is not 32 bytes in url-safe base64")
    return Fernet(key)


def _unreadable() -> SecretUnreadable:
    return SecretUnreadable("no key of SECRETS_KEYS opens the secret")
