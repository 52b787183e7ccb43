"""The picture that people look at: the photo with one class's evidence over it, and a legend below, never on it."""

import io

from PIL import Image

from shared.imaging.colormap import DEFAULT
from shared.imaging.display import MAX_SIDE
from shared.imaging.geometry import Geometry, Size
from shared.imaging.heat import area_in, lay_colors, lay_lines
from shared.imaging.legend import PAPER, Caption, draw_legend
from shared.imaging.map_file import ClassMap

DEFAULT_ALPHA = 0.8
_LEAST_SIDE = 800
"""A smaller photo is enlarged to this long side, or the legend's letters would be larger than the lesion."""
_LEAST_COLORED = 256
"""Colours are smooth: a small photo gets them before it is enlarged, at this long side at least. Lines come after."""
_LEAST_WIDTH = 640
_QUALITY = 90
_FRAME = 150


def render_overlay(
    photo: Image.Image,
    evidence: ClassMap,
    geometry: Geometry,
    caption: Caption,
    *,
    alpha: float = DEFAULT_ALPHA,
    colormap: str = DEFAULT,
) -> bytes:
    """The photo (RGB, the whole of it, at any size) under its evidence, as a JPEG with a legend below.

    `alpha` 0..1 fades the evidence. An empty map leaves the photo as it is. Raises ValueError, UnknownColormap.
    """
    if not 0.0 <= alpha <= 1.0:
        raise ValueError("alpha must lie between 0 and 1")
    size = _size(photo, _LEAST_SIDE)
    shown = photo.convert("RGB")
    if not evidence.empty:
        shown = _resized(shown, _size(photo, _LEAST_COLORED))
        lay_colors(shown, evidence, geometry, colormap, alpha)
    shown = _resized(shown, size)
    if not evidence.empty:
        lay_lines(shown, evidence, geometry, colormap, alpha)
        _frame(shown, area_in(geometry, size))
    legend = draw_legend(max(size.width, _LEAST_WIDTH), evidence, caption, alpha, colormap)
    page = Image.new("RGB", (legend.width, size.height + legend.height), PAPER)
    page.paste(shown, ((page.width - size.width) // 2, 0))
    page.paste(legend, (0, size.height))
    out = io.BytesIO()
    page.save(out, "JPEG", quality=_QUALITY, subsampling=0)
    return out.getvalue()


def _frame(shown: Image.Image, area: tuple[int, int, int, int]) -> None:
    """A faint line around what the network saw: beyond it no colour is possible, and the eye should know why."""
    left, top, width, height = area
    right, bottom = left + width, top + height
    across = {(left, top, right, top + 1), (left, bottom - 1, right, bottom)}
    down = {(left, top + 1, left + 1, bottom - 1), (right - 1, top + 1, right, bottom - 1)}
    for box in across | (down if height > 2 else set()):  # noqa: PLR2004 - two lines across have no side between them
        shown.paste(PAPER, box, Image.new("L", (box[2] - box[0], box[3] - box[1]), _FRAME))


def _size(photo: Image.Image, least: int) -> Size:
    """The photo's size with its long side at least `least` and at most `MAX_SIDE` pixels."""
    longest = max(photo.size)
    scale = min(max(longest, least), MAX_SIDE) / longest
    return Size(max(1, round(photo.width * scale)), max(1, round(photo.height * scale)))


def _resized(picture: Image.Image, size: Size) -> Image.Image:
    if picture.size == (size.width, size.height):
        return picture
    return picture.resize((size.width, size.height), Image.Resampling.BICUBIC)
