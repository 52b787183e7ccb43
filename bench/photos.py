"""Drawn photos for a bench: the small one of a data set, one of 200 kB, and what a phone of today sends."""

import io
from functools import cache
from typing import Final

from PIL import Image

from samples.lesion_photo import draw_lesion

SMALL: Final = "341 x 256"
PHONE: Final = "12 megapixels"
_DIFFERENT: Final = {SMALL: 24, PHONE: 4}
_PHONE_SIZE: Final = (4000, 3000)
_GRAIN: Final = 70
_MARKER: Final = b"\xff\xfe"  # a comment in a JPEG


def photo(kind: str, number: int) -> bytes:
    """A JPEG of its own bytes for each number; of its own picture for every few."""
    return numbered(_drawn(kind, number % _DIFFERENT[kind]), number)


@cache
def of_200_kilobytes() -> bytes:
    picture = draw_lesion(1, (1000, 750))
    return min((_jpeg(picture, quality) for quality in range(80, 100)), key=lambda content: abs(len(content) - 200_000))


def numbered(jpeg: bytes, number: int) -> bytes:
    """The same picture with a number in a comment, so that no two photos are the same bytes."""
    comment = f"{number:08d}".encode()
    return jpeg[:2] + _MARKER + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


@cache
def _drawn(kind: str, seed: int) -> bytes:
    if kind == SMALL:
        return _jpeg(draw_lesion(seed, (341, 256)), 90)
    picture = draw_lesion(seed, (1000, 750)).resize(_PHONE_SIZE, Image.Resampling.BICUBIC)
    grain = Image.effect_noise(_PHONE_SIZE, _GRAIN).convert("RGB")
    return _jpeg(Image.blend(picture, grain, 0.1), 90)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=quality)
    return target.getvalue()
