"""Compiled networks on disk. Nothing is lost with the folder: whatever is absent or damaged is compiled anew."""

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_DIGEST = 32


class CompiledCache:
    """The compiled forms of one network, by what they were compiled for. A file is its content after its sha256."""

    def __init__(self, folder: Path, network: str) -> None:
        """`network`: names the weights, the preprocessing and the architecture; a version of a model does."""
        self._folder = folder
        self._network = network

    def get(self, about: Sequence[str]) -> bytes | None:
        """What `put` kept under the same words, if it is still there and whole."""
        with suppress(OSError):
            content = self._path(about).read_bytes()
            if hashlib.sha256(content[_DIGEST:]).digest() == content[:_DIGEST]:
                return content[_DIGEST:]
        return None

    def put(self, about: Sequence[str], content: bytes) -> None:
        """Keep it, whole or not at all; several processes may at once. A folder that refuses keeps nothing."""
        path = self._path(about)
        beside = path.with_suffix(f".{os.getpid()}.part")
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with beside.open("wb") as file:
                    file.writelines((hashlib.sha256(content).digest(), content))
                beside.replace(path)
            finally:
                beside.unlink(missing_ok=True)

    def _path(self, about: Sequence[str]) -> Path:
        words = "\0".join((self._network, *about))
        return self._folder / f"{hashlib.sha256(words.encode()).hexdigest()}.compiled"
