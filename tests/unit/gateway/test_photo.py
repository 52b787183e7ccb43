"""Kinds by their first bytes, sizes by their headers, and nothing decoded."""

import io
import random
import struct
import zlib

import pytest
from PIL import Image

from services.gateway.photo_types import PhotoType
from services.gateway.refusals import EmptyBody, UnsupportedMedia
from services.gateway.submissions.photo import inspect, kind_of
from shared.errors import ImageTooLarge, LesionlensError, UndecodableImage

LIMIT = 50_000_000


def picture(kind: str, size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, (200, 150, 120)).save(target, kind, **options)
    return target.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def heic(major: bytes, *compatible: bytes) -> bytes:
    brands = b"".join(compatible)
    return struct.pack(">I", 16 + len(brands)) + b"ftyp" + major + b"\0\0\0\0" + brands + b"\0" * 64


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (picture("JPEG"), PhotoType.JPEG),
        (picture("JPEG", progressive=True), PhotoType.JPEG),
        (picture("PNG"), PhotoType.PNG),
        (picture("WEBP"), PhotoType.WEBP),
        (picture("WEBP", lossless=True), PhotoType.WEBP),
        (picture("WEBP", exif=Image.Exif().tobytes()), PhotoType.WEBP),
        (heic(b"heic", b"mif1", b"heic"), PhotoType.HEIC),
        (heic(b"mif1", b"mif1", b"heic"), PhotoType.HEIC),
    ],
)
def test_what_is_taken(content: bytes, kind: PhotoType) -> None:
    file = io.BytesIO(content)
    assert inspect(file, LIMIT) is kind
    assert file.tell() == 0
    assert not file.closed


@pytest.mark.parametrize(
    "content",
    [
        picture("GIF"),
        picture("BMP"),
        picture("TIFF"),
        picture("PPM"),
        b"%PDF-1.7 ....................",
        b"\xff\xd8",
        b"PK\x03\x04" + b"\0" * 60,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        heic(b"avif", b"mif1", b"avif"),
        heic(b"mif1", b"avif"),
        heic(b"isom", b"mp41"),
        b"\0" * 64,
    ],
)
def test_what_is_not_taken(content: bytes) -> None:
    with pytest.raises(UnsupportedMedia):
        inspect(io.BytesIO(content), LIMIT)


def test_zero_bytes() -> None:
    with pytest.raises(EmptyBody):
        inspect(io.BytesIO(b""), LIMIT)


@pytest.mark.parametrize("size", [(8000, 6251), (50_000_001, 1), (30_000, 30_000), (2**31 - 1, 2**31 - 1)])
def test_a_header_that_claims_too_much(size: tuple[int, int]) -> None:
    with pytest.raises((ImageTooLarge, UndecodableImage)) as caught:
        inspect(io.BytesIO(png_claiming(*size)), LIMIT)
    if max(size) < 2**31 - 1:
        assert caught.type is ImageTooLarge


def test_a_webp_that_claims_too_much_sets_nothing_up() -> None:
    content = bytearray(picture("WEBP", exif=Image.Exif().tobytes()))
    assert content[12:16] == b"VP8X"
    content[24:30] = b"\xfe\x3f\x00\xfe\x3f\x00"
    with pytest.raises(ImageTooLarge, match="16383 x 16383"):
        inspect(io.BytesIO(bytes(content)), LIMIT)


@pytest.mark.parametrize(("options", "size"), [({}, (123, 45)), ({"lossless": True}, (7, 301))])
def test_webp_sizes(options: dict[str, object], size: tuple[int, int]) -> None:
    inspect(io.BytesIO(picture("WEBP", size, **options)), size[0] * size[1])
    with pytest.raises(ImageTooLarge):
        inspect(io.BytesIO(picture("WEBP", size, **options)), size[0] * size[1] - 1)


def test_exactly_the_limit_is_taken() -> None:
    assert inspect(io.BytesIO(png_claiming(8000, 6250)), LIMIT) is PhotoType.PNG


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_headers_cut_short_or_scrambled_never_escape_as_something_else(kind: str) -> None:
    dice = random.Random(5)
    sound = picture(kind, (64, 64))
    for _ in range(300):
        broken = bytearray(sound[: dice.randint(12, min(len(sound), 400))])
        for _ in range(dice.randint(0, 6)):
            broken[dice.randrange(12, len(broken)) if len(broken) > 12 else 0] = dice.randrange(256)
        try:
            inspect(io.BytesIO(bytes(broken)), LIMIT)
        except LesionlensError as error:
            assert error.code in {"undecodable_image", "image_too_large", "unsupported_media"}  # noqa: PT017


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_header_that_is_not_there(kind: str) -> None:
    with pytest.raises(UndecodableImage):
        inspect(io.BytesIO(picture(kind)[:18]), LIMIT)


def test_a_short_head_is_enough_to_refuse() -> None:
    for length in range(1, 12):
        with pytest.raises(UnsupportedMedia):
            kind_of(b"RIFF\0\0\0\0WEB"[:length])
