"""JPEG and PNG files put together by hand, segment by segment and chunk by chunk, so that any of it can be a lie."""

import io
import struct
import zlib
from collections.abc import Iterable, Iterator

from PIL import Image

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n"


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """A picture with a gradient, so that what comes out of it can be told from what does not."""
    grey = Image.linear_gradient("L").resize((width, height))
    return Image.merge("RGB", (grey, grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT), grey)).convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def segment(marker: int, body: bytes, length: int | None = None) -> bytes:
    """A JPEG segment; `length` is what it says of itself, where that is not the truth."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2 if length is None else length) + body


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """The JPEG with these directly behind its start."""
    return SOI + b"".join(segments) + jpeg[2:]


def segments_of(jpeg: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and raw bytes of each segment; a scan's with the data that follow it."""
    at = 2
    while at < len(jpeg):
        marker = jpeg[at + 1]
        if marker == EOI[1]:
            yield marker, jpeg[at : at + 2]
            return
        end = at + 2 + struct.unpack_from(">H", jpeg, at + 2)[0]
        if marker == 0xDA:
            while jpeg[end] != 0xFF or jpeg[end + 1] == 0 or 0xD0 <= jpeg[end + 1] <= 0xD7:
                end += 1
        yield marker, jpeg[at:end]
        at = end


def with_size(jpeg: bytes, width: int, height: int) -> bytes:
    """The JPEG whose frame header claims another size."""
    parts = []
    for marker, raw in segments_of(jpeg):
        claims = marker in {0xC0, 0xC1, 0xC2}
        parts.append(raw[:5] + struct.pack(">HH", height, width) + raw[9:] if claims else raw)
    return SOI + b"".join(parts)


def with_scans(width: int, height: int, scans: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again: little to send, all pixels to walk each time."""
    plain = Image.new("L", (width, height), 128)
    parts = list(segments_of(encoded(plain, progressive=True, quality=30)))
    *before, last, end = [raw for _, raw in parts]
    return SOI + b"".join(before) + last * scans + end


def chunk(kind: bytes, body: bytes, length: int | None = None, check: int | None = None) -> bytes:
    """A PNG chunk; `length` and `check` are what it says of itself, where that is not the truth."""
    says = len(body) if length is None else length
    return (
        struct.pack(">I", says) + kind + body + struct.pack(">I", zlib.crc32(kind + body) if check is None else check)
    )


def png(width: int, height: int, *, depth: int = 8, colour: int = 2, rows: int | None = None) -> bytes:
    """A PNG of one colour, compressed as it goes: `rows` are those that are really there."""
    packed = zlib.compressobj(6)
    count = height if rows is None else rows
    row = bytes({0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] * depth // 8 * width + 1) if count else b""
    data = b"".join(packed.compress(row) for _ in range(count))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return PNG + chunk(b"IHDR", header) + chunk(b"IDAT", data + packed.flush()) + chunk(b"IEND", b"")


def with_chunks(file: bytes, chunks: Iterable[bytes]) -> bytes:
    """The PNG with these behind its header."""
    end = len(PNG) + 25
    return file[:end] + b"".join(chunks) + file[end:]


def ifd(*entries: tuple[int, int, int, bytes], following: int = 0) -> bytes:
    """A little-endian TIFF directory: (tag, type, count, four bytes) each, then where the next one stands."""
    rows = b"".join(struct.pack("<HHI", tag, kind, count) + value for tag, kind, count, value in entries)
    return struct.pack("<H", len(entries)) + rows + struct.pack("<I", following)


def exif(directory: bytes) -> bytes:
    """An APP1 segment with the directory at offset 8."""
    return segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0" + directory)
