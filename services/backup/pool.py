"""The bytes of all backups in a folder, each file named by its SHA-256: what is there once is never copied again.

A file appears whole or not at all. Not a store of keys: which object has which bytes is in each backup's own list.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

_PIECE = 1024 * 1024


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Pool:
    """In `folder`, in 256 folders. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def size(self, sha256: str) -> int:
        return self.path(sha256).stat().st_size

    def take(self, pieces: Iterable[bytes]) -> str:
        """Keep the bytes and return their digest. Raises OSError where there is no room."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")
        digest = hashlib.sha256()
        try:
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            target = self.path(digest.hexdigest())
            target.parent.mkdir(mode=0o700, exist_ok=True)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return digest.hexdigest()

    def is_whole(self, sha256: str) -> bool:
        """Read the file and return whether it holds what its name says."""
        return self.has(sha256) and sha256_of(self.path(sha256)) == sha256

    def clear(self, wanted: set[bytes]) -> int:
        """Delete what is not wanted, and what a killed backup left half written; return how many files went."""
        gone = 0
        for path in self._files():
            if path.name.startswith(".new-") or bytes.fromhex(path.name) not in wanted:
                path.unlink()
                gone += 1
        return gone

    def _files(self) -> Iterator[Path]:
        if self._folder.exists():
            for each in self._folder.iterdir():
                if each.is_dir():
                    yield from each.iterdir()
                else:
                    yield each
