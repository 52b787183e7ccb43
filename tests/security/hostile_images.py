"""Files that strangers might send for a photo, generated: none is in the repository, and none needs the internet.

Each has a name and what may become of it: a picture of this size, or one of these codes of refusal. Where it is told so
the gateway's look at the header has to refuse it already.
"""

import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image

from tests.security.jpeg_and_png import (
    EOI,
    PNG,
    SOI,
    chunk,
    encoded,
    exif,
    ifd,
    picture,
    png,
    segment,
    with_chunks,
    with_scans,
    with_segments,
    with_size,
)
from tests.system import heic

UNREADABLE: Final = frozenset({"undecodable_image"})
FOREIGN: Final = frozenset({"unsupported_media"})
LARGE: Final = frozenset({"image_too_large"})
EITHER: Final = UNREADABLE | LARGE
SIZE: Final = (64, 48)
ANY_SIZE: Final = frozenset({"any size"})
SCRIPT: Final = b"<html><script>alert(document.domain)</script>"
_TYPES: Final = ("JPEG", "PNG", "WEBP", "HEIC")


@dataclass(frozen=True)
class Hostile:
    """`size`: of the picture that may come of it, None where none may. `codes`: refusals as good, or any size."""

    name: str
    content: bytes
    size: tuple[int, int] | None = None
    codes: frozenset[str] = frozenset()
    at_the_door: bool = False


def good(kind: str) -> bytes:
    """A small file of this type without a fault."""
    if kind == "HEIC":
        return heic.encode(picture(64, 48))
    return encoded(picture(), kind, **({"lossless": True} if kind == "WEBP" else {}))


def every() -> Iterator[Hostile]:
    yield from bombs()
    yield from foreign()
    yield from polyglots()
    yield from lies()
    yield from metadata()
    yield from odd_but_good()
    yield from truncated()
    yield from flipped()


def bombs() -> Iterator[Hostile]:
    small = encoded(picture())
    for name, content in {
        "png header of 2.5 gigapixels": png(50_000, 50_000, rows=0),
        "png header of 2^31 by 1": png(2**31 - 1, 1, rows=0, colour=0),
        "jpeg header of 65535 by 65535": with_size(small, 65_535, 65_535),
        "webp canvas of 16384 by 16384": _webp(b"VP8X", b"\0\0\0\0" + _u24(16_383) + _u24(16_383)),
        "webp lossless of 16384 by 16384": _webp(b"VP8L", b"\x2f\xff\xff\xff\x0f" + bytes(20)),
    }.items():
        yield Hostile(name, content, codes=LARGE, at_the_door=True)
    yield Hostile("jpeg of 49 megapixels in a kilobyte", with_size(small, 7000, 7000), (7000, 7000), UNREADABLE)
    yield Hostile("png of 49 megapixels without pixels", png(7000, 7000, rows=1), (7000, 7000), UNREADABLE)
    yield Hostile("png of 48 megapixels, alpha, in 200 kB", png(8000, 6000, colour=6), (8000, 6000))
    yield Hostile("png of 12 megapixels, 16 bits, alpha", png(4000, 3000, depth=16, colour=6), (4000, 3000))
    yield Hostile("webp whose frame is larger than its canvas", _webp_that_grows(), SIZE, EITHER)
    yield Hostile("progressive jpeg of two hundred scans", with_scans(640, 480, 200), (640, 480), UNREADABLE)


def foreign() -> Iterator[Hostile]:
    frames = [Image.new("P", (2, 2), index % 7) for index in range(2000)]
    tiff = encoded(picture(), "TIFF")
    for name, content in {
        "gif": encoded(picture(mode="P"), "GIF"),
        "gif of two thousand frames": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "gif with a script in it": b"GIF89a=1;alert(1)//" + bytes(60),
        "tiff": tiff,
        "tiff whose first directory comes after itself": b"II*\0\x08\0\0\0" + ifd(following=8),
        "bmp": encoded(picture(), "BMP"),
        "icon": encoded(picture(), "ICO"),
        "svg with a script": b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>",
        "svg behind an xml header": b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg/>' + bytes(60),
        "pdf": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n" * 3,
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n" + bytes(60),
        "html": SCRIPT * 5,
        "zip": _zip(),
        "elf": b"\x7fELF" + bytes(100),
        "avif": struct.pack(">I", 32) + b"ftypavif\0\0\0\0avifmif1miafMA1A" + bytes(64),
        "avif that says mif1": struct.pack(">I", 32) + b"ftypmif1\0\0\0\0avifmif1miafMA1A" + bytes(64),
        "film": struct.pack(">I", 24) + b"ftypisom\0\0\2\0isomiso2" + bytes(64),
        "zeros": bytes(5000),
        "one byte": b"\xff",
        "jpeg behind a blank": b" " + encoded(picture()),
        "riff that is sound": b"RIFF\x24\0\0\0WAVEfmt " + bytes(60),
    }.items():
        yield Hostile(name, content, codes=FOREIGN, at_the_door=True)
    yield Hostile("nothing", b"", codes=frozenset({"empty_body"}), at_the_door=True)


def polyglots() -> Iterator[Hostile]:
    """Good photos that are something else as well: what is kept must be the photo alone."""
    yield Hostile("jpeg that is a zip too", encoded(picture()) + _zip(), SIZE)
    yield Hostile("jpeg with a page behind its end", encoded(picture()) + SCRIPT, SIZE)
    yield Hostile("jpeg with a page for a comment", with_segments(encoded(picture()), segment(0xFE, SCRIPT)), SIZE)
    jpeg = with_segments(encoded(picture()), segment(0xE0, b"*/=1;/*" + bytes(20)))
    yield Hostile("jpeg that is a script too", jpeg + b"*/alert(1)//", SIZE)
    yield Hostile("png with a page in its text", with_chunks(good("PNG"), [chunk(b"tEXt", b"a\0" + SCRIPT)]), SIZE)
    yield Hostile("png with a page behind its end", good("PNG") + SCRIPT, SIZE)
    yield Hostile("png that is a pdf too", with_chunks(good("PNG"), [chunk(b"tEXt", b"a\0%PDF-1.7\n" + SCRIPT)]), SIZE)
    yield Hostile("webp with a page behind its end", good("WEBP") + SCRIPT, SIZE, UNREADABLE)


def lies() -> Iterator[Hostile]:
    """Lengths, offsets and checks that are not the truth."""
    jpeg, image = good("JPEG"), good("PNG")
    for length in (0, 1, 2, 3, 0xFFFF):
        lying = with_segments(jpeg, segment(0xE5, b"abcd", length))
        yield Hostile(f"jpeg segment of {length} bytes", lying, SIZE, UNREADABLE)
    yield Hostile("jpeg of no components", SOI + segment(0xC0, b"\x08\0\x30\0\x40\0") + EOI, codes=UNREADABLE)
    yield Hostile("jpeg of no pixels", with_size(jpeg, 0, 0), codes=UNREADABLE)
    yield Hostile("jpeg without tables", SOI + jpeg[jpeg.index(b"\xff\xc0") :], SIZE, UNREADABLE)
    for name, before, after in (("before", b"", jpeg[2:]), ("behind", jpeg[2 : jpeg.index(b"\xff\xda")], b"")):
        for what, filling in (("markers", b"\xff"), ("segments", segment(0xFE, b"")), ("noughts", b"\0")):
            content = SOI + before + filling * (14_000_000 // len(filling)) + after
            yield Hostile(f"jpeg with 14 MB of {what} {name} its frame", content, codes=UNREADABLE | FOREIGN)
    yield Hostile("jpeg of starts alone", SOI * 500_000, codes=UNREADABLE)
    empty = [chunk(b"abCd", b"")] * (14_000_000 // 12)
    yield Hostile("png with 14 MB of empty chunks", with_chunks(image, empty), codes=UNREADABLE)
    yield Hostile(
        "png with 14 MB of empty chunks behind", image[:-12] + b"".join(empty) + image[-12:], codes=UNREADABLE
    )
    for length in (0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        lying = with_chunks(image, [chunk(b"tEXt", b"a\0b", length)])
        yield Hostile(f"png chunk of {length} bytes", lying, SIZE, UNREADABLE)
    yield Hostile(
        "png with a wrong check", with_chunks(image, [chunk(b"gAMA", b"\0\0\0\1", check=7)]), SIZE, UNREADABLE
    )
    yield Hostile("png of no colour type", image[:25] + b"\x07" + image[26:], codes=UNREADABLE)
    yield Hostile("png of no pixels", png(0, 0, rows=0), codes=UNREADABLE)
    yield Hostile("png without an end", image[:-12], SIZE, UNREADABLE)
    yield Hostile("png with a palette of one for many", _short_palette(), SIZE, UNREADABLE)
    for size in (0, 1, 0xFFFFFFFF):
        yield Hostile(f"webp of {size} bytes", b"RIFF" + struct.pack("<I", size) + good("WEBP")[8:], SIZE, UNREADABLE)
    for size in (0, 1, 8, 0xFFFFFFFF):
        lying = struct.pack(">I", size) + good("HEIC")[4:]
        yield Hostile(f"heic whose first box has {size} bytes", lying, SIZE, UNREADABLE | FOREIGN)
    yield Hostile("heic of boxes in boxes", _nested_boxes(2000), codes=UNREADABLE)


def metadata() -> Iterator[Hostile]:
    jpeg, image = good("JPEG"), good("PNG")
    profile = b"".join(segment(0xE2, b"ICC_PROFILE\0" + bytes((n, 200)) + bytes(60_000)) for n in range(1, 201))
    for name, content in {
        "jpeg with 12 MB of colour profile": with_segments(jpeg, profile),
        "jpeg whose profile has part 7 of 3": with_segments(jpeg, segment(0xE2, b"ICC_PROFILE\0\x07\x03abc")),
        "jpeg with ten thousand comments": with_segments(jpeg, segment(0xFE, b"x") * 10_000),
        "jpeg with a directory that follows itself": with_segments(jpeg, exif(ifd(following=8))),
        "jpeg with a directory inside itself": with_segments(jpeg, exif(ifd((0x8769, 4, 1, struct.pack("<I", 8))))),
        "jpeg with a tag of four billion": with_segments(jpeg, exif(ifd((0x010F, 2, 2**32 - 1, bytes(4))))),
        "jpeg whose tags lie beyond it": with_segments(jpeg, exif(ifd((0x010F, 2, 100, b"\xf0\xff\xff\xff")))),
        "jpeg with sixty thousand tags": with_segments(jpeg, segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff")),
        "jpeg of four billion pictures": with_segments(jpeg, _pictures(2**32 - 1)),
        "jpeg with xmp that grows": with_segments(jpeg, segment(0xE1, _laughs())),
        "png with text that grows": with_chunks(image, [chunk(b"zTXt", b"a\0\0" + _zeros(60_000_000))]),
        "png with two hundred growing texts": with_chunks(image, [chunk(b"zTXt", b"a\0\0" + _zeros(900_000))] * 200),
        "png with a profile that grows": with_chunks(image, [chunk(b"iCCP", b"a\0\0" + _zeros(60_000_000))]),
        "png with ten thousand texts": with_chunks(image, [chunk(b"tEXt", b"a\0b")] * 10_000),
        "png with an exif that is none": with_chunks(image, [chunk(b"eXIf", b"\xff" * 1000)]),
        "png of five thousand frames": _frames(image, 5000),
    }.items():
        yield Hostile(name, content, SIZE, UNREADABLE)
    for value in (0, 9, 255, 65_535):
        turned = with_segments(jpeg, exif(ifd((0x0112, 3, 1, struct.pack("<HH", value, 0)))))
        yield Hostile(f"jpeg turned by {value}", turned, SIZE)
    yield Hostile("jpeg turned by a word", with_segments(jpeg, exif(ifd((0x0112, 2, 4, b"six\0")))), SIZE)
    twice = ifd((0x0112, 3, 1, struct.pack("<HH", 6, 0)), (0x0112, 3, 1, struct.pack("<HH", 3, 0)))
    yield Hostile("jpeg turned twice", with_segments(jpeg, exif(twice)), SIZE, ANY_SIZE)


def odd_but_good() -> Iterator[Hostile]:
    """Nothing is wrong with these: they have to come out as pictures."""
    clear = picture(mode="P")
    clear.info["transparency"] = 3
    for name, content, size in (
        ("one pixel", encoded(Image.new("RGB", (1, 1))), (1, 1)),
        ("one pixel, png", encoded(Image.new("L", (1, 1)), "PNG"), (1, 1)),
        ("1 by 5000", encoded(picture(1, 5000)), (1, 5000)),
        ("5000 by 1", encoded(picture(5000, 1), "PNG"), (5000, 1)),
        ("65500 by 2", encoded(picture(65_500, 2)), (65_500, 2)),
        ("cmyk", encoded(picture(mode="CMYK")), SIZE),
        ("grey", encoded(picture(mode="L")), SIZE),
        ("16 bits", encoded(Image.new("I;16", SIZE, 40_000), "PNG"), SIZE),
        ("one bit", encoded(picture(mode="1"), "PNG"), SIZE),
        ("grey with alpha", encoded(picture(mode="LA"), "PNG"), SIZE),
        ("palette with one clear colour", encoded(clear, "PNG"), SIZE),
        ("palette with many", encoded(picture(mode="P"), "PNG", transparency=bytes(range(256))), SIZE),
        ("wholly clear", encoded(Image.new("RGBA", SIZE), "PNG"), SIZE),
        ("progressive", encoded(picture(), progressive=True), SIZE),
        ("lossy webp with alpha", encoded(picture(mode="RGBA"), "WEBP"), SIZE),
        ("heic", good("HEIC"), SIZE),
    ):
        yield Hostile(name, content, size)


def truncated() -> Iterator[Hostile]:
    for kind in _TYPES:
        whole = good(kind)
        for part in range(1, 16):
            name = f"{kind} cut off after {part} of 16 parts"
            yield Hostile(name, whole[: len(whole) * part // 16], SIZE, EITHER | FOREIGN)


def flipped() -> Iterator[Hostile]:
    """Forty files of each type with one to eight bits the other way, always the same ones."""
    for kind in _TYPES:
        whole, dice = good(kind), random.Random(kind)
        for number in range(40):
            content = bytearray(whole)
            for _ in range(dice.randint(1, 8)):
                # Most of the harm is done in the headers.
                at = dice.randrange(len(content) if dice.random() < 0.5 else min(200, len(content)))
                content[at] ^= 1 << dice.randrange(8)
            yield Hostile(f"{kind} with bits flipped, {number}", bytes(content), codes=EITHER | FOREIGN | ANY_SIZE)


def _u24(number: int) -> bytes:
    return struct.pack("<I", number)[:3]


def _webp(kind: bytes, body: bytes) -> bytes:
    content = b"WEBP" + kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(content)) + content


def _webp_that_grows() -> bytes:
    """A small canvas, and a frame of far more pixels."""
    frame = encoded(picture(1000, 800), "WEBP")[12:]
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + _u24(63) + _u24(47) + frame
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _zip() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("page.html", SCRIPT)
    return out.getvalue()


def _zeros(count: int) -> bytes:
    return zlib.compress(bytes(count), 9)


def _laughs() -> bytes:
    entities = b"".join(b'<!ENTITY l%d "&l%d;&l%d;">' % (n, n - 1, n - 1) for n in range(1, 60))
    return b"http://ns.adobe.com/xap/1.0/\0<!DOCTYPE x [" + entities + b"]><x>&l59;</x>"


def _pictures(count: int) -> bytes:
    """A segment that says so many pictures follow in the file, as cameras write it that take two at once."""
    number = struct.pack("<I", count)
    return segment(0xE2, b"MPF\0II*\0\x08\0\0\0" + ifd((0xB001, 4, 1, number), (0xB002, 7, 2**32 - 16, number)))


def _short_palette() -> bytes:
    header = struct.pack(">IIBBBBB", *SIZE, 8, 3, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(range(SIZE[0])) for _ in range(SIZE[1]))
    chunks = chunk(b"PLTE", b"\1\2\3") + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return PNG + chunk(b"IHDR", header) + chunks


def _frames(image: bytes, count: int) -> bytes:
    """An animated PNG with so many frames of one pixel behind its own picture."""
    control = struct.pack(">IIIIHHBB", 1, 1, 0, 0, 1, 10, 0, 0)
    pixel = zlib.compress(b"\0\1\2\3")
    frames = (
        chunk(b"fcTL", struct.pack(">I", 2 * n) + control) + chunk(b"fdAT", struct.pack(">I", 2 * n + 1) + pixel)
        for n in range(count)
    )
    animated = with_chunks(image, [chunk(b"acTL", struct.pack(">II", count, 0))])
    return animated[:-12] + b"".join(frames) + animated[-12:]


def _nested_boxes(depth: int) -> bytes:
    body = b""
    for _ in range(depth):
        body = struct.pack(">I", len(body) + 12) + b"meta" + bytes(4) + body
    return struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + body
