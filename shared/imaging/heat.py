"""A class's evidence map as pictures on its own: the transparent layer, and the 16-bit grey map.

Only positive evidence is coloured. The scale starts at 0 and ends at the map's peak, but never below `FLOOR`: a map
that has next to nothing to show stays next to transparent instead of being blown up to full colour.

A map is drawn with 256 colours, opacity included: shades, then the lines on them. One byte a pixel instead of four is
what makes it quick, to compute as well as to compress.
"""

import io
import math
import struct
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageChops

from shared.imaging import contours
from shared.imaging.colormap import DEFAULT, STEPS, Rgb, rgb_steps
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
_TOP = 191
"""The number of the shade of full evidence. Behind it follow the lines: on each ground, from a little cover to all."""
_GROUNDS, _COVERS = 8, 8
_LEVELS_16 = 65535

Rgba = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Heatmap:
    """A 16-bit grey PNG of one class's positive evidence, one pixel a cell; 65535 stands for `maximum` logits."""

    png: bytes
    maximum: float


def full_scale(evidence: ClassMap) -> float:
    """The evidence in logits at which colour and opacity end."""
    return max(evidence.peak, FLOOR)


def heat_image(evidence: ClassMap, geometry: Geometry, size: Size, colormap: str = DEFAULT) -> Image.Image:
    """A picture of `size` with the map smoothly enlarged over the part of the photo that the network saw.

    Mode P with a palette of RGBA; clear outside. Raises UnknownColormap.
    """
    colors = palette(colormap)
    left, top, width, height = area_in(geometry, size)
    shades = _levels(evidence, Size(width, height))
    lines = _lines(evidence, Size(width, height))
    if lines:
        covers, grounds = lines.coverage.point(_covers()), shades.crop(lines.box).point(_grounds())
        shades.paste(ImageChops.add(covers, grounds), lines.box, lines.coverage.point(_where_line()))
    canvas = Image.new("P", (size.width, size.height), 0)
    canvas.putpalette(b"".join(map(bytes, colors)), "RGBA")
    canvas.paste(shades, (left, top))
    return canvas


def lay_colors(photo: Image.Image, evidence: ClassMap, geometry: Geometry, colormap: str, alpha: float) -> None:
    """Draw the colours of `heat_image` on `photo`: RGB, the whole of it, at any size. Raises UnknownColormap."""
    colors = palette(colormap)
    left, top, width, height = area_in(geometry, Size(*photo.size))
    shades = _levels(evidence, Size(width, height))
    mask = shades.point([round(strength * alpha) for *_, strength in colors])
    shades.putpalette(b"".join(bytes(color) for *color, _ in colors))
    photo.paste(shades.convert("RGB"), (left, top), mask)


def lay_lines(photo: Image.Image, evidence: ClassMap, geometry: Geometry, colormap: str, alpha: float) -> None:
    """Draw the contours of `heat_image` on `photo`: RGB, the whole of it, at any size. Raises UnknownColormap."""
    left, top, width, height = area_in(geometry, Size(*photo.size))
    lines = _lines(evidence, Size(width, height))
    if lines:
        # Squared: on the layer colour and opacity grow both, so that a line is thin where it is faint.
        faded = [round(alpha * coverage * coverage / contours.STRONGEST) for coverage in range(STEPS)]
        color = Image.new("RGB", lines.coverage.size, rgb_steps(colormap)[-1])  # quicker to lay on than the tuple
        photo.paste(color, (left + lines.left, top + lines.top), lines.coverage.point(faded))


def render_layer(evidence: ClassMap, geometry: Geometry, *, colormap: str = DEFAULT) -> bytes:
    """The map as a PNG with transparent colours and the photo's aspect, to be laid over it at any size.

    Raises UnknownColormap.
    """
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


def opacity(share: float) -> int:
    """Opacity 0..255 at a share 0..1 of the full scale."""
    rising = max(0.0, (share - _ONSET) / (1 - _ONSET))
    return round(255 * _STRONGEST * math.pow(rising, 1.3))


@cache
def palette(colormap: str) -> tuple[Rgba, ...]:
    """The colours of a drawn map, by number. Raises UnknownColormap."""
    scale = rgb_steps(colormap)

    def shade(share: float) -> Rgba:
        return (*scale[round(share * (STEPS - 1))], opacity(share))

    shades = [shade(level / _TOP) for level in range(_TOP + 1)]
    lines = [
        _mixed(shade((ground + 0.5) / _GROUNDS), scale[-1], contours.STRONGEST / 255 * (cover + 1) / _COVERS)
        for ground in range(_GROUNDS)
        for cover in range(_COVERS)
    ]
    return (*shades, *lines)


def _mixed(below: Rgba, line: Rgb, covered: float) -> Rgba:
    red, green, blue, alpha = (round(b + (a - b) * covered) for b, a in zip(below, (*line, 255), strict=True))
    return red, green, blue, alpha


def _levels(evidence: ClassMap, size: Size) -> Image.Image:
    """The positive part, enlarged, as shades 0.._TOP in mode L."""
    positive = [max(0.0, value) for value in evidence.values]
    cells = Image.frombytes("F", (evidence.width, evidence.height), struct.pack(f"={len(positive)}f", *positive))
    smooth = cells.resize((size.width, size.height), Image.Resampling.BICUBIC)
    factor = _TOP / full_scale(evidence)
    levels = smooth.point(lambda value: value * factor + 0.5).convert("L")
    return levels.point(_not_above_top())  # bicubic enlarging overshoots


def _lines(evidence: ClassMap, size: Size) -> contours.Lines | None:
    return contours.draw_lines(_levels(evidence, contours.coarse(size)), _TOP, size)


@cache
def _not_above_top() -> tuple[int, ...]:
    return tuple(min(level, _TOP) for level in range(STEPS))


@cache
def _grounds() -> tuple[int, ...]:
    """What is below a line, by shade, as a step in the numbers of lines."""
    return tuple(min(_GROUNDS - 1, level * _GROUNDS // (_TOP + 1)) * _COVERS for level in range(STEPS))


@cache
def _covers() -> tuple[int, ...]:
    """The number of a line on the first ground, by its coverage."""
    return tuple(_TOP + max(1, _cover(coverage)) for coverage in range(STEPS))


@cache
def _where_line() -> tuple[int, ...]:
    return tuple(255 if _cover(coverage) else 0 for coverage in range(STEPS))


def _cover(coverage: int) -> int:
    """Coverage in steps, 0 for none."""
    return min(_COVERS, round(coverage * _COVERS / contours.STRONGEST))


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=3)
    return out.getvalue()
