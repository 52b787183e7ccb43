"""Our own colour scales, computed from a formula in OKLab, a space where equal distances look equal.

Lightness runs straight from dark to light, and hue and chroma along a curve that is walked at constant speed: equal
steps of evidence are equal steps to the eye, and they stay ordered in grey and for colour-blind readers.
"""

import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

STEPS = 256
_FINE = 2048
_GAMMA_LIMIT = 0.0031308

Lab = tuple[float, float, float]
Rgb = tuple[int, int, int]


class UnknownColormap(ValueError):
    """There is no colour scale of that name."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Lightness, hue in degrees and chroma at both ends, and the chroma that is added in the middle."""

    lightness: tuple[float, float]
    hue: tuple[float, float]
    chroma: tuple[float, float]
    bulge: float

    def at(self, share: float) -> tuple[float, float]:
        """The a and b of OKLab at a share of the way in hue."""
        hue = math.radians(self.hue[0] + (self.hue[1] - self.hue[0]) * share)
        chroma = self.chroma[0] + (self.chroma[1] - self.chroma[0]) * share + self.bulge * math.sin(math.pi * share)
        return chroma * math.cos(hue), chroma * math.sin(hue)


_SCALES = {
    "ember": _Scale(lightness=(0.34, 0.88), hue=(300.0, 460.0), chroma=(0.13, 0.15), bulge=0.04),
    "tide": _Scale(lightness=(0.38, 0.92), hue=(285.0, 165.0), chroma=(0.15, 0.12), bulge=-0.02),
    "gray": _Scale(lightness=(0.25, 1.0), hue=(0.0, 0.0), chroma=(0.0, 0.0), bulge=0.0),
}
DEFAULT = "ember"
NAMES = tuple(_SCALES)


@cache
def oklab_steps(name: str) -> tuple[Lab, ...]:
    """The scale from least to most as 256 points of OKLab. Raises UnknownColormap."""
    if name not in _SCALES:
        raise UnknownColormap(f"colormap must be one of: {', '.join(NAMES)}")
    scale = _SCALES[name]
    low, high = scale.lightness
    curve = _evenly([scale.at(index / (_FINE - 1)) for index in range(_FINE)])
    return tuple((low + (high - low) * index / (STEPS - 1), a, b) for index, (a, b) in enumerate(curve))


@cache
def rgb_steps(name: str) -> tuple[Rgb, ...]:
    """The same scale as 256 sRGB colours. Raises UnknownColormap."""
    return tuple(_encode(_linear_rgb(point)) for point in oklab_steps(name))


def in_gamut(point: Lab, slack: float = 1e-3) -> bool:
    """Whether a point of OKLab is a colour that sRGB can show."""
    return all(-slack <= channel <= 1 + slack for channel in _linear_rgb(point))


def oklab_of(color: Rgb) -> Lab:
    """The OKLab of an sRGB colour."""
    red, green, blue = (_decode(channel / 255) for channel in color)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _evenly(curve: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """`STEPS` points at equal distances along a densely sampled curve."""
    walked = [0.0]
    for one, other in pairwise(curve):
        walked.append(walked[-1] + math.dist(one, other))
    points, index = [], 0
    for step in range(STEPS):
        goal = walked[-1] * step / (STEPS - 1)
        while index < len(curve) - 2 and walked[index + 1] < goal:
            index += 1
        length = walked[index + 1] - walked[index]
        share = (goal - walked[index]) / length if length else 0.0
        (a, b), (c, d) = curve[index], curve[index + 1]
        points.append((a + (c - a) * share, b + (d - b) * share))
    return points


def _linear_rgb(point: Lab) -> tuple[float, float, float]:
    lightness, a, b = point
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encode(linear: tuple[float, float, float]) -> Rgb:
    red, green, blue = (_gamma(min(1.0, max(0.0, channel))) for channel in linear)
    return round(red * 255), round(green * 255), round(blue * 255)


def _gamma(value: float) -> float:
    return 12.92 * value if value <= _GAMMA_LIMIT else 1.055 * value ** (1 / 2.4) - 0.055


def _decode(value: float) -> float:
    return value / 12.92 if value <= 12.92 * _GAMMA_LIMIT else ((value + 0.055) / 1.055) ** 2.4
