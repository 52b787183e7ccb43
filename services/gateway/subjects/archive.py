"""A zip that is sent while it is made: of files as they are, and with nothing kept but its table of contents.

Each file is followed by its length and checksum, as they are not known before (APPNOTE 4.3.9). The table comes last: an
archive that broke off has none, and no reader takes it for a whole one.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, Final, cast
from zipfile import ZIP_STORED, ZipFile, ZipInfo

_PIECE: Final = 256 * 1024
_OF_ITS_OWNER: Final = 0o600 << 16


class _Out:
    """Where the archive is written to. It cannot go back: that is how `zipfile` knows that this is a stream."""

    def __init__(self) -> None:
        self._pending: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        self._pending.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back here."""

    def take(self) -> bytes:
        whole = b"".join(self._pending)
        self._pending.clear()
        self.size = 0
        return whole


class Archive:
    """Yields its bytes in pieces of a quarter of a megabyte. `at`: the time of every file in it, UTC."""

    def __init__(self, at: datetime) -> None:
        self._out = _Out()
        self._zip = ZipFile(cast("IO[bytes]", self._out), "w", ZIP_STORED)
        self._at = at

    def add(self, name: str, content: Iterable[bytes]) -> Iterator[bytes]:
        """Add a file while its content comes; what the content raises goes through, and nothing more can be added."""
        info = ZipInfo(name, self._at.timetuple()[:6])
        info.external_attr = _OF_ITS_OWNER
        with self._zip.open(info, "w") as entry:
            for piece in content:
                entry.write(piece)
                if self._out.size >= _PIECE:
                    yield self._out.take()

    def end(self) -> bytes:
        """Return what is left, the table of contents at the end of it."""
        self._zip.close()
        return self._out.take()
