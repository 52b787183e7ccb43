"""The parts of JPEG and PNG files, walked without a picture library: what size is claimed, how many parts there are.

Pillow walks them in Python, one by one, however many: fifteen megabytes of nothing but parts keep it busy for ten
seconds. Here only so many are walked, which no camera and no editor comes near.
"""

import io
import re
import struct
import zlib
from typing import BinaryIO, Final

# The largest honest ones: a profile in 255 segments, a depth map in 230 more; a PNG of 15 MB in chunks of one kilobyte.
MOST_SEGMENTS: Final = 1000
MOST_CHUNKS: Final = 20_000
# Between two segments some writers leave a few bytes.
_MOST_JUNK: Final = 4096
_MARKER: Final = re.compile(rb"\xff([^\x00\xff])")
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})  # without a length
_END, _SCAN = 0xD9, 0xDA
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_IHDR: Final = struct.Struct(">I4sII5sI")


class PartsUnreadable(ValueError):
    """The file is not made of the parts that it should be, or of too many."""


def jpeg_size(file: BinaryIO) -> tuple[int, int]:
    """Return width and height of the first frame (ITU-T T.81, annex B). Raises PartsUnreadable."""
    file.seek(2)
    for _ in range(MOST_SEGMENTS):
        marker = _next_marker(file)
        if marker in _FRAMES:
            body = file.read(7)
            if len(body) < 7:  # noqa: PLR2004  # length, precision, height, width
                raise PartsUnreadable("the frame header is cut off")
            height, width = struct.unpack(">HH", body[3:])
            return width, height
        if marker in {_END, _SCAN}:
            raise PartsUnreadable("no frame header comes before the scan")
        _skip(file, marker)
    raise PartsUnreadable(f"more than {MOST_SEGMENTS} segments come before the frame header")


def png_size(file: BinaryIO) -> tuple[int, int]:
    """Return width and height of the header chunk (RFC 2083). Raises PartsUnreadable."""
    file.seek(len(_PNG))
    head = file.read(_IHDR.size)
    if len(head) < _IHDR.size:
        raise PartsUnreadable("the header is cut off")
    length, kind, width, height, _, check = _IHDR.unpack(head)
    if (length, kind) != (13, b"IHDR") or zlib.crc32(head[4:-4]) != check:
        raise PartsUnreadable("the first chunk is no header")
    return width, height


def check_parts(content: bytes, kind: str) -> None:
    """Walk a JPEG, as far as its first scan, or a PNG before Pillow does. Raises PartsUnreadable for too many parts.

    `kind` is Pillow's name; other kinds are read by libraries that have limits of their own.
    """
    if kind == "JPEG":
        _walk_segments(io.BytesIO(content))
    elif kind == "PNG":
        _walk_chunks(content)


def _walk_segments(file: BinaryIO) -> None:
    file.seek(2)
    for _ in range(MOST_SEGMENTS):
        marker = _next_marker(file)
        if marker in {_END, _SCAN}:
            return
        _skip(file, marker)
    raise PartsUnreadable(f"more than {MOST_SEGMENTS} segments come before the scan")


def _walk_chunks(content: bytes) -> None:
    at = len(_PNG)
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(content):
            return  # cut off, which is for the reader to judge
        at += 12 + int.from_bytes(content[at : at + 4], "big")
    raise PartsUnreadable(f"it has more than {MOST_CHUNKS} chunks")


def _next_marker(file: BinaryIO) -> int:
    """Return the next marker; the file stands behind it."""
    two = file.read(2)
    if len(two) == 2 and two[0] == 0xFF and two[1] not in {0x00, 0xFF}:  # noqa: PLR2004
        return two[1]
    start = file.tell() - len(two)
    found = _MARKER.search(two + file.read(_MOST_JUNK))
    if found is None:
        raise PartsUnreadable("a segment is missing")
    file.seek(start + found.end())
    return found[1][0]


def _skip(file: BinaryIO, marker: int) -> None:
    if marker in _ALONE:
        return
    length = int.from_bytes(file.read(2), "big")
    if length < 2:  # noqa: PLR2004  # it counts itself
        raise PartsUnreadable("a segment has no length")
    file.seek(length - 2, io.SEEK_CUR)
