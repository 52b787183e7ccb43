"""Generated photos: small, all different, cheap to make and to decode."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw

# A photo that ends with this kills the planted worker that opens it.
KILLER_MARK = b"this photo kills its worker"


def jpeg(seed: int, size: tuple[int, int] = (96, 72)) -> bytes:
    """Return a dark spot on skin, different for every seed."""
    chance = random.Random(seed)
    picture = Image.new("RGB", size, (chance.randint(150, 230), chance.randint(110, 170), chance.randint(90, 150)))
    draw = ImageDraw.Draw(picture)
    left, top = chance.randint(5, size[0] // 3), chance.randint(5, size[1] // 3)
    spot = (chance.randint(40, 90), chance.randint(20, 60), chance.randint(20, 50))
    draw.ellipse([left, top, left + size[0] // 2, top + size[1] // 2], fill=spot)
    for _ in range(12):
        place = (chance.randrange(size[0]), chance.randrange(size[1]))
        draw.point(place, fill=(chance.randrange(256), chance.randrange(256), chance.randrange(256)))
    return saved(picture, "JPEG", quality=85)


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()
