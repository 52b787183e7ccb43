"""Files that only their owner may read, written whole or not at all. Refuses to know what is in them."""

import base64
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Replace `path` atomically by a file of mode 0600."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def new_password() -> str:
    """Return 24 random bytes, safe in URLs."""
    return secrets.token_urlsafe(24)


def new_fernet_key() -> str:
    """Return 32 random bytes in url-safe base64 with padding, as Fernet wants its key."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")


def kept_secret(path: Path, made: Callable[[], str] = new_password) -> str:
    """The secret stored at `path`; made up by `made` and stored the first time."""
    if not path.exists():
        write_private(path, made())
    return path.read_text(encoding="utf-8")
