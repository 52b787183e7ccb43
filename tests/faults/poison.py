"""Photos that mean harm, or look like it. Generated here; each says what the door has to do with it."""

from __future__ import annotations

import io
import random
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from tests.faults.photos import KILLER_MARK, jpeg, saved

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Poison:
    """`refused`: the gateway's answer where it looks no further. `kills`: it ends the process that opens it."""

    make: Callable[[], bytes]
    refused: int | None = None
    kills: bool = False


def _png_with_header(width: int, height: int, *, colour: int = 2) -> bytes:
    """Return a small PNG whose header claims this size, with a right checksum."""
    content = saved(Image.new("RGB", (4, 4), (120, 80, 60)), "PNG")
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return content[:8] + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + content[33:]


def _bomb() -> bytes:
    """Return 49 megapixels of one colour in some hundred kilobytes."""
    return saved(Image.new("L", (7000, 7000), 90), "PNG", compress_level=1)


def _animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (96, 96), (150 + 20 * number, 110, 90)) for number in range(4)]
    target = io.BytesIO()
    frames[0].save(target, kind, save_all=True, append_images=frames[1:], duration=50)
    return target.getvalue()


def _sixteen_bit() -> bytes:
    return saved(Image.new("I;16", (120, 90), 40_000), "PNG")


def _garbage() -> bytes:
    return b"\xff\xd8\xff\xe0" + random.Random(3).randbytes(4000)


POISON: dict[str, Poison] = {
    "bomb": Poison(_bomb),
    "claims_36_megapixels": Poison(lambda: _png_with_header(6000, 6000)),
    "truncated": Poison(lambda: jpeg(1, (640, 480))[:2500]),
    "cmyk": Poison(lambda: saved(Image.new("CMYK", (120, 90), (20, 90, 90, 10)), "JPEG")),
    "sixteen_bit": Poison(_sixteen_bit),
    "animated_png": Poison(lambda: _animated("PNG")),
    "animated_webp": Poison(lambda: _animated("WEBP")),
    "polyglot": Poison(lambda: jpeg(2) + b"PK\x03\x04<?php system('id'); ?><script>alert(1)</script>"),
    "kills_its_worker": Poison(lambda: jpeg(4) + KILLER_MARK, kills=True),
    "zero_byte": Poison(lambda: b"", refused=422),
    "claims_100_megapixels": Poison(lambda: _png_with_header(10_000, 10_001), refused=422),
    "animated_gif": Poison(lambda: _animated("GIF"), refused=415),
    "garbage": Poison(_garbage, refused=422),
    "script": Poison(lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", refused=415),
}
