"""Compiled networks on disk, a folder a network. Nothing is lost with it: whatever is absent is compiled anew."""

import hashlib
import os
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

_DIGEST = 32
_SUFFIX = ".compiled"
_UNUSED_S = 30 * 24 * 3600.0


class CompiledCache:
    """The compiled forms of one network, by what they were compiled for. A file is its content after its sha256."""

    def __init__(self, folder: Path, network: str) -> None:
        """`network`: names the weights, the preprocessing and the architecture; a version of a model does."""
        self._folder = folder
        self._network = network

    def get(self, about: Sequence[str]) -> bytes | None:
        """What `put` kept under the same words, if it is still there and whole."""
        with suppress(OSError):
            path = self._path(about)
            content = path.read_bytes()
            os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))  # when it was last of use, on any mount
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
        return self._folder / self._network / f"{hashlib.sha256(words.encode()).hexdigest()}{_SUFFIX}"


def forget_all_but(folder: Path, networks: Collection[str]) -> int:
    """Remove the compiled forms of other networks, and what nobody has used for a month; return how many files.

    A form is useless once library, processor or number of threads are others. Files beside the networks' folders are
    of an earlier layout. A folder that refuses keeps what it has.
    """
    oldest = time.time() - _UNUSED_S
    removed = 0
    for file in (*folder.glob(f"*{_SUFFIX}"), *folder.glob(f"*/*{_SUFFIX}")):
        with suppress(OSError):
            if file.parent == folder or file.parent.name not in networks or file.stat().st_atime < oldest:
                file.unlink()
                removed += 1
    for network in folder.glob("*/"):
        with suppress(OSError):
            network.rmdir()  # only an empty one goes
    return removed
