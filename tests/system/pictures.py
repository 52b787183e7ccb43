"""Pictures for the system tests, all drawn here and now: lesions by the sample script, corners to tell the way up."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from tests.system.stack import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SECRET: Final = "Strelitzia-42"  # stands for a name or a place that must not survive
CORNERS: Final = {"top left": (200, 30, 30), "top right": (30, 170, 40), "bottom left": (40, 60, 210)}
PATCH: Final = 0.16  # of each side

_TURNED: Final = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
_XMP: Final = (
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    f'<rdf:Description rdf:about="{SECRET}"/></rdf:RDF></x:xmpmeta>'
).encode()


def draw_lesion(folder: Path, seed: int = 7, size: str = "640x480") -> Image.Image:
    """Return what the sample script draws. It is a program of the project, so it is run, not imported."""
    path = folder / f"lesion-{seed}-{size}.png"
    if not path.exists():
        script = ROOT / "samples" / "lesion_photo.py"
        command = [sys.executable, str(script), str(path), "--seed", str(seed), "--size", size]
        subprocess.run(command, check=True, timeout=60)
    with Image.open(path) as picture:
        picture.load()
        return picture.convert("RGB")


def file_of(picture: Image.Image, kind: str = "JPEG") -> bytes:
    """Return the picture as a file of this format, without metadata."""
    target = io.BytesIO()
    picture.save(target, kind, quality=90)
    return target.getvalue()


def with_corners(picture: Image.Image) -> Image.Image:
    """Return a copy with a red, a green and a blue corner; the fourth stays as it is."""
    marked = picture.copy()
    wide, tall = (round(PATCH * side) for side in picture.size)
    left, top = picture.width - wide, picture.height - tall
    boxes = {"top left": (0, 0), "top right": (left, 0), "bottom left": (0, top)}
    for name, (x, y) in boxes.items():
        ImageDraw.Draw(marked).rectangle((x, y, x + wide, y + tall), fill=CORNERS[name])
    return marked


def corners_of(picture: Image.Image) -> dict[str, tuple[int, int, int]]:
    """Return the colour in the middle of each marked corner of a picture that is the right way up."""
    x, y = (round(PATCH * side / 2) for side in picture.size)
    right, bottom = picture.width - x, picture.height - y
    places = {"top left": (x, y), "top right": (right, y), "bottom left": (x, bottom)}
    rgb = picture.convert("RGB")
    found = {}
    for name, place in places.items():
        colour = rgb.getpixel(place)
        assert isinstance(colour, tuple)
        found[name] = (int(colour[0]), int(colour[1]), int(colour[2]))
    return found


def turned(picture: Image.Image, orientation: int) -> bytes:
    """Return a JPEG whose pixels lie as a camera held that way stores them, with the EXIF tag that says so."""
    transpose = _TURNED[orientation]
    stored = picture if transpose is None else picture.transpose(transpose)
    exif = Image.Exif()
    exif[0x0112] = orientation
    target = io.BytesIO()
    stored.save(target, "JPEG", quality=92, exif=exif)
    return target.getvalue()


def with_metadata(picture: Image.Image, kind: str) -> bytes:
    """Return a file of this format that tells who, when and where: EXIF with GPS, and XMP."""
    exif = Image.Exif()
    exif[0x010E] = SECRET  # description
    exif[0x013B] = SECRET  # artist
    exif[0x9003] = "2026:01:02 03:04:05"
    exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 22.0, 1.0), 3: "E", 4: (8.0, 32.0, 2.0), 27: SECRET.encode()})
    target = io.BytesIO()
    if kind == "PNG":
        text = PngInfo()
        text.add_text("Author", SECRET)
        text.add_itxt("XML:com.adobe.xmp", _XMP.decode())
        picture.save(target, "PNG", exif=exif, pnginfo=text)
    elif kind == "JPEG":
        picture.save(target, "JPEG", quality=90, exif=exif, xmp=_XMP, comment=SECRET.encode())
    else:
        picture.save(target, kind, quality=90, exif=exif, xmp=_XMP)
    content = target.getvalue()
    assert SECRET.encode() in content
    return content
