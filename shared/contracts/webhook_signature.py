"""Secrets and signatures of webhooks: Standard Webhooks 1.0.0, the symmetric scheme `v1`."""

import base64
import binascii
import hashlib
import hmac
import secrets as randomness
from collections.abc import Sequence
from typing import Final

_PREFIX: Final = "whsec_"
_KEY_BYTES: Final = 32
# What the specification allows.
_LEAST, _MOST = 24, 64


def new_secret() -> str:
    """Return a new secret: `whsec_` and 32 random bytes in base64."""
    return _PREFIX + base64.b64encode(randomness.token_bytes(_KEY_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return `v1,` and the HMAC-SHA256 of id, timestamp (Unix seconds) and body, joined by dots, in base64.

    Raises ValueError if the secret is none; the error does not hold it.
    """
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


def header_of(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: one signature for each secret, in their order (the newest first).

    Raises ValueError if there is no secret, or one that is none.
    """
    if not secrets:
        raise ValueError("a message without a secret cannot be signed")
    return " ".join(signature(secret, message_id, timestamp, body) for secret in secrets)


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not _LEAST <= len(key) <= _MOST:
        raise ValueError(f"not a webhook secret: {_PREFIX} and {_LEAST} to {_MOST} bytes in base64 are expected")
    return key
