"""The picture that people look at: the photo with one class's evidence over it, and a legend below, never on it."""

import io

from PIL import Image, ImageDraw

from shared.imaging.colormap import DEFAULT, STEPS
from shared.imaging.display import MAX_SIDE
from shared.imaging.geometry import Geometry, Size
from shared.imaging.heat import area_in, heat_image
from shared.imaging.legend import PAPER, Caption, draw_legend
from shared.imaging.map_file import ClassMap

DEFAULT_ALPHA = 0.8
_LEAST_SIDE = 800
"""A smaller photo is enlarged to this long side, or the legend's letters would be larger than the lesion."""
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
    shown = photo.convert("RGB")
    size = _shown_size(Size(*photo.size))
    if shown.size != (size.width, size.height):
        shown = shown.resize((size.width, size.height), Image.Resampling.BICUBIC)
    if not evidence.empty:
        heat = heat_image(evidence, geometry, size, colormap)
        faded = heat.getchannel("A").point([round(level * alpha) for level in range(STEPS)])
        shown.paste(heat.convert("RGB"), mask=faded)
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
    mask = Image.new("L", shown.size, 0)
    ImageDraw.Draw(mask).rectangle((left, top, left + width - 1, top + height - 1), outline=_FRAME)
    shown.paste(PAPER, mask=mask)


def _shown_size(photo: Size) -> Size:
    longest = max(photo.width, photo.height)
    scale = min(max(longest, _LEAST_SIDE), MAX_SIDE) / longest
    return Size(max(1, round(photo.width * scale)), max(1, round(photo.height * scale)))
