"""A class's evidence map as pictures on its own: the transparent layer, and the 16-bit grey map.

Only positive evidence is coloured. The scale starts at 0 and ends at the map's peak, but never below `FLOOR`: a map
that has next to nothing to show stays next to transparent instead of being blown up to full colour.
"""

import io
import math
import struct
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter

from shared.imaging.colormap import DEFAULT, STEPS, rgb_steps
from shared.imaging.display import display_size
from shared.imaging.geometry import Geometry, Size
from shared.imaging.map_file import ClassMap

FLOOR = 1.0
"""Evidence in logits that gets full colour at least."""
LAYER_SIDE = 512
"""The layer's long side in pixels at most: a map is coarse, and whoever shows the layer scales it."""
_STRONGEST = 0.62
"""Opacity where the evidence peaks. The lesion stays visible even there."""
_ONSET = 0.06
"""Below this share of the scale nothing is drawn: bicubic ringing and rounding live there."""
CONTOURS = (0.5, 0.8)
"""Shares of the scale along which a line is drawn. A line hides less of a lesion than more colour would."""
_LINE = 200
_COARSER = 3
"""Lines are found at a third of the size, which is quicker, and makes them three pixels wide."""
_LEVELS_16 = 65535


@dataclass(frozen=True, slots=True)
class Heatmap:
    """A 16-bit grey PNG of one class's positive evidence, one pixel a cell; 65535 stands for `maximum` logits."""

    png: bytes
    maximum: float


def full_scale(evidence: ClassMap) -> float:
    """The evidence in logits at which colour and opacity end."""
    return max(evidence.peak, FLOOR)


def heat_image(evidence: ClassMap, geometry: Geometry, size: Size, colormap: str = DEFAULT) -> Image.Image:
    """RGBA of `size`, with the map smoothly enlarged over the part of the photo that the network saw; clear outside.

    Raises UnknownColormap.
    """
    colors = rgb_steps(colormap)
    left, top, width, height = area_in(geometry, size)
    levels = _enlarge(evidence, Size(width, height))
    bands = [levels.point([color[channel] for color in colors]) for channel in range(3)]
    inside = Image.merge("RGBA", [*bands, levels.point([opacity(index / (STEPS - 1)) for index in range(STEPS)])])
    inside.paste((*colors[-1], 255), mask=_contours(levels))
    canvas = Image.new("RGBA", (size.width, size.height), (0, 0, 0, 0))
    canvas.paste(inside, (left, top))
    return canvas


def render_layer(evidence: ClassMap, geometry: Geometry, *, colormap: str = DEFAULT) -> bytes:
    """The map as an RGBA PNG with the photo's aspect, to be laid over it at any size. Raises UnknownColormap."""
    return _png(heat_image(evidence, geometry, display_size(geometry.placement.image, LAYER_SIDE), colormap))


def render_heatmap16(evidence: ClassMap) -> Heatmap:
    """The positive evidence as data: see `Heatmap`. All zero where there is none."""
    peak = evidence.peak
    scale = _LEVELS_16 / peak if peak else 0.0
    levels = [round(max(0.0, value) * scale) for value in evidence.values]
    packed = struct.pack(f"<{len(levels)}H", *levels)
    return Heatmap(_png(Image.frombytes("I;16", (evidence.width, evidence.height), packed)), peak)


def area_in(geometry: Geometry, size: Size) -> tuple[int, int, int, int]:
    """Left, top, width and height of what the network saw, in a picture of the whole photo of `size`."""
    placement = geometry.placement
    across, down = size.width / placement.image.width, size.height / placement.image.height
    region = placement.crop_in_image
    left, right = round(region.left * across), round((region.left + region.width) * across)
    top, bottom = round(region.top * down), round((region.top + region.height) * down)
    return left, top, max(1, right - left), max(1, bottom - top)


def _enlarge(evidence: ClassMap, size: Size) -> Image.Image:
    """The positive part as 8-bit levels of the full scale."""
    cells = Image.new("F", (evidence.width, evidence.height))
    cells.putdata([max(0.0, value) for value in evidence.values])
    smooth = cells.resize((size.width, size.height), Image.Resampling.BICUBIC)
    factor = (STEPS - 1) / full_scale(evidence)
    return smooth.point(lambda value: value * factor + 0.5).convert("L")


def _contours(levels: Image.Image) -> Image.Image:
    """Thin lines, as a mask, along the borders of everything at or above the shares in `CONTOURS`."""
    small = levels.resize((max(1, levels.width // _COARSER), max(1, levels.height // _COARSER)))
    terraces = small.point([_terrace(level) for level in range(STEPS)])
    borders = ImageChops.subtract(terraces, terraces.filter(ImageFilter.MinFilter(3)))
    lines = borders.resize(levels.size, Image.Resampling.BICUBIC)
    return lines.point([min(_LINE, len(CONTOURS) * level) for level in range(STEPS)])


def _terrace(level: int) -> int:
    """A step up at each contour, over four levels: a stepless line from levels that are steps."""
    risen = (min(1.0, max(0.0, (level - share * (STEPS - 1) + 2) / 4)) for share in CONTOURS)
    return round((STEPS - 1) * sum(risen) / len(CONTOURS))


def opacity(share: float) -> int:
    """Opacity 0..255 at a share 0..1 of the full scale."""
    rising = max(0.0, (share - _ONSET) / (1 - _ONSET))
    return round(255 * _STRONGEST * math.pow(rising, 1.3))


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=3)
    return out.getvalue()
