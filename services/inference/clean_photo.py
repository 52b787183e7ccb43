"""From a stranger's bytes to a clean photo, and from a clean photo to pixels. Runs in the decoder processes only.

Pillow and pi-heif, no numpy and no torch. Nothing of the input's metadata survives `clean`. `read` is the only source
of pixels for the network and for pictures, and sees stored bytes only: a first run and a re-run get the same pixels.
"""

import io
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pi_heif
from PIL import Image, ImageCms

from services.inference.model.measures import PixelMeasures, measure
from services.inference.model.preprocess import Framing, cut, place
from shared.errors import ImageTooLarge, UndecodableImage
from shared.imaging.display import MAX_SIDE, PhotoUnreadable, fit, open_reduced
from shared.imaging.file_parts import check_parts
from shared.imaging.geometry import Placement, Size

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PIXELS = 50_000_000
_ORIENTATION = 0x0112
_JPEG_QUALITY = 95
# Compressing 50 megapixels well would take longer than a photo is given.
_PNG_EFFORT, _PNG_EFFORT_LARGE, _LARGE = 4, 1, 12_000_000
# The network's cut is made from at least twice the pixels that it keeps, so that reduced decoding does not show in it.
_OVERSAMPLING = 2
_WHITE = (255, 255, 255)
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"})


@dataclass(frozen=True, slots=True)
class Clean:
    """A photo as it is stored: upright, sRGB, no metadata.

    `colour`: what became of the input's colour profile (`none`, `srgb`, `converted` or `ignored`, the last if it was
    not usable).
    """

    content: bytes
    media_type: str
    source_format: str
    colour: str


@dataclass(frozen=True, slots=True)
class Pixels:
    """What is read from stored bytes: the network's crop, its place, measures, and an RGB picture at display size."""

    crop: bytes
    placement: Placement
    measures: PixelMeasures
    display: bytes
    display_width: int
    display_height: int


def prepare() -> None:
    """Set Pillow up for hostile input. Once per process."""
    pi_heif.register_heif_opener()
    pi_heif.options.DECODE_THREADS = 1
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def sniff(raw: bytes) -> str:
    """Pillow's name for the format that the first bytes claim. Raises UndecodableImage for any but our four."""
    if raw.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "WEBP"
    if raw[4:8] == b"ftyp" and raw[8:12] in _HEIF_BRANDS:
        return "HEIF"
    raise UndecodableImage("not a JPEG, PNG, WebP or HEIC file")


def clean(raw: bytes) -> Clean:
    """Decode what a stranger sent. Raises UndecodableImage or ImageTooLarge."""
    source = sniff(raw)
    with _named_errors():
        check_parts(raw, source)
        # One name for every stage: at 50 megapixels, two stages kept are 400 MB.
        picture: Image.Image = Image.open(io.BytesIO(raw), formats=[source])
        if picture.width * picture.height > MAX_PIXELS:
            raise ImageTooLarge(f"more than {MAX_PIXELS // 1_000_000} megapixels")
        picture.load()
        turn, profile = _UPRIGHT.get(_orientation(picture)), picture.info.get("icc_profile")
        picture = _eight_bits(picture)
        picture, colour = _to_srgb(picture, profile)
        picture = _flat(picture)
        picture = picture if turn is None else picture.transpose(turn)
        content, media_type = _encode(picture, source)
    return Clean(content, media_type, source, colour)


def read(stored: bytes, framing: Framing) -> Pixels:
    """Pixels of a stored photo. Raises UndecodableImage if it is none."""

    def scale(full: Size) -> float:
        short, long = sorted((full.width, full.height))
        return max(MAX_SIDE / long, _OVERSAMPLING * framing.resize_short_side / short)

    try:
        picture, full = open_reduced(stored, scale)
    except PhotoUnreadable as error:
        raise UndecodableImage("the stored photo cannot be read") from error
    placement = place(full, framing)
    shown = fit(picture, full)
    measures = measure(shown, full)
    return Pixels(cut(picture, placement), placement, measures, shown.tobytes(), shown.width, shown.height)


@contextmanager
def _named_errors() -> "Iterator[None]":
    """Pillow's many ways to say no, as ours. Memory errors pass: they are about us, not about the photo."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageTooLarge(f"more than {MAX_PIXELS // 1_000_000} megapixels") from error
    except (MemoryError, ImageTooLarge):
        raise
    except Exception as error:
        # A codec may raise anything on broken input (struct.error, KeyError, zlib.error): all of it means the same.
        raise UndecodableImage("the file is truncated, corrupt or of a kind that we do not read") from error


def _orientation(picture: Image.Image) -> int:
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - a broken EXIF block must not cost the photo; the picture itself decoded
        return 1
    return value if isinstance(value, int) else 1


def _eight_bits(picture: Image.Image) -> Image.Image:
    """One of L, LA, RGB, RGBA or CMYK, 8 bits a channel."""
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if picture.mode in {"L", "RGB", "P"} and "transparency" in picture.info:
        return picture.convert("RGBA")
    if picture.mode in {"L", "LA", "RGB", "RGBA", "CMYK"}:
        return picture
    return picture.convert("RGBA" if picture.mode in {"PA", "La", "RGBa"} else "RGB")


def _to_srgb(picture: Image.Image, profile: bytes | None) -> tuple[Image.Image, str]:
    if not profile:
        return picture, "none"
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    alpha = picture.getchannel("A") if picture.mode == "LA" else None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return picture, "srgb"
        opaque = picture.getchannel("L") if alpha else picture
        converted = ImageCms.profileToProfile(opaque, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture, "ignored"
    if converted is None:
        return picture, "ignored"
    if alpha:
        converted.putalpha(alpha)
    return converted, "converted"


def _flat(picture: Image.Image) -> Image.Image:
    """RGB, with transparency over white."""
    if picture.mode not in {"LA", "RGBA"}:
        return picture.convert("RGB")
    background = Image.new("RGB", picture.size, _WHITE)
    background.paste(picture.convert("RGB"), mask=picture.getchannel("A"))
    return background


def _encode(picture: Image.Image, source: str) -> tuple[bytes, str]:
    picture.info = {}  # Pillow writes comments, profiles and EXIF that it finds here
    out = io.BytesIO()
    if source == "PNG":
        effort = _PNG_EFFORT if picture.width * picture.height < _LARGE else _PNG_EFFORT_LARGE
        picture.save(out, "PNG", compress_level=effort)
        return out.getvalue(), "image/png"
    picture.save(out, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return out.getvalue(), "image/jpeg"
