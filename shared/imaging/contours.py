"""Lines around where the evidence is strong. A line hides less of a lesion than more colour would."""

import math
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageChops

from shared.imaging.geometry import Size

SHARES = (0.5, 0.8)
"""Shares of the full scale along which a line is drawn."""
STRONGEST = 200
"""Coverage 0..255 in the middle of a line."""
_COARSER = 3
"""Lines are found at a third of the size, which is quicker, and makes them three pixels wide."""
_STEPS = 256


def coarse(size: Size) -> Size:
    """The size of the levels that `draw_lines` wants, for lines of `size`."""
    return Size(max(1, size.width // _COARSER), max(1, size.height // _COARSER))


@dataclass(frozen=True, slots=True)
class Lines:
    """Coverage 0..`STRONGEST`, mode L, of the part of a picture that has lines; its corner lies at `left`, `top`."""

    coverage: Image.Image
    left: int
    top: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom."""
        return self.left, self.top, self.left + self.coverage.width, self.top + self.coverage.height


def draw_lines(levels: Image.Image, end: int, size: Size) -> Lines | None:
    """Lines along the borders of everything at or above each of the `SHARES`; None where there are none.

    `levels`: mode L, of size `coarse(size)`, with `end` at the end of the scale.
    """
    terraces = levels.point(_terraces(end))
    borders = ImageChops.subtract(terraces, eroded(terraces))
    found = borders.getbbox()
    if found is None:
        return None
    across, down = size.width / levels.width, size.height / levels.height
    left, top = max(0, math.floor((found[0] - 1) * across)), max(0, math.floor((found[1] - 1) * down))
    right = min(size.width, math.ceil((found[2] + 1) * across))
    bottom = min(size.height, math.ceil((found[3] + 1) * down))
    box = (left / across, top / down, right / across, bottom / down)
    enlarged = borders.resize((right - left, bottom - top), Image.Resampling.BICUBIC, box=box)
    return Lines(enlarged.point(_coverage()), left, top)


def eroded(picture: Image.Image) -> Image.Image:
    """The least of each 3 x 3 pixels, as Pillow's MinFilter gives it, at a tenth of its cost."""
    for step in ((1, 0), (0, 1)):
        before, after = picture.copy(), picture.copy()
        before.paste(picture, step)
        after.paste(picture, (-step[0], -step[1]))
        picture = ImageChops.darker(picture, ImageChops.darker(before, after))
    return picture


@cache
def _coverage() -> tuple[int, ...]:
    """A border is as high as one terrace."""
    return tuple(min(STRONGEST, len(SHARES) * border) for border in range(_STEPS))


@cache
def _terraces(end: int) -> tuple[int, ...]:
    """A step up at each contour, over a 64th of the scale: a stepless line from levels that are steps."""

    def risen(level: int, share: float) -> float:
        return min(1.0, max(0.0, (level / end - share) * 64 + 0.5))

    return tuple(round(255 * sum(risen(level, share) for share in SHARES) / len(SHARES)) for level in range(_STEPS))
