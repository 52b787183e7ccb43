"""What is measured of a photo's pixels before the network runs. Pillow only, so that it runs in the decoder processes.

All measures are of grey (ITU-R BT.601 luma, 0 to 255) in the centre square: what the network is shown, and for a photo
of any shape the same few pixels. The square is brought to 192 pixels a side, never enlarged; at that side the sharpness
of a photo hardly depends on how many pixels it has.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from PIL import Image, ImageMath

from shared.imaging.geometry import Size

SIDE = 192
DARK_BELOW, GLARE_ABOVE = 15, 245
_PERCENT = 100.0


class MeasuresInvalid(ValueError):
    """The fields are no measures that we wrote."""


@dataclass(frozen=True, slots=True)
class PixelMeasures:
    """`short_side_px`: of the stored photo. `mean_grey`: 0 to 255.

    `sharpness`: variance of the 4-neighbour Laplacian, with grey in percent of the mean grey (unit: percent squared; 0
    for a black square). The variance in plain grey levels, the usual measure (Pech-Pacheco et al. 2000), falls with the
    square of the light: it would call the same photo blurred on darker skin. In percent, light and skin cancel out.

    `dark_share`, `glare_share`: of the square's pixels, those with a grey below 15 and above 245 (0 to 1).
    """

    short_side_px: int
    sharpness: float
    mean_grey: float
    dark_share: float
    glare_share: float

    def to_mapping(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any]) -> "PixelMeasures":
        """The inverse of `to_mapping`. Raises MeasuresInvalid."""
        try:
            return cls(**content)
        except TypeError as error:
            raise MeasuresInvalid("measures: a field is missing or unknown") from error


def measure(picture: Image.Image, full: Size) -> PixelMeasures:
    """Measure an RGB picture of a stored photo of size `full`: the photo, or all of it on a smaller scale."""
    square = _square(picture)
    counts = square.convert("L").histogram()  # of whole greys, cut down
    pixels, mean = sum(counts), _mean(square)
    return PixelMeasures(
        short_side_px=min(full.width, full.height),
        sharpness=_laplacian_variance(square) * (_PERCENT / mean) ** 2 if mean else 0.0,
        mean_grey=mean,
        dark_share=sum(counts[:DARK_BELOW]) / pixels,
        glare_share=sum(counts[GLARE_ABOVE + 1 :]) / pixels,
    )


def _square(picture: Image.Image) -> Image.Image:
    """Grey as floats: rounded to whole numbers, a dark and blurred photo would have the edges of the rounding."""
    short = min(picture.size)
    left, top = (picture.width - short) // 2, (picture.height - short) // 2
    box, side = (left, top, left + short, top + short), min(SIDE, short)
    # Means of whole blocks first, as far as twice the side: much cheaper than a filter over all of the picture.
    blocks = short // (2 * SIDE)
    square = picture.reduce(blocks, box) if blocks > 1 else picture.crop(box)
    return square.convert("F").resize((side, side), Image.Resampling.BICUBIC)


def _laplacian_variance(grey: Image.Image) -> float:
    """Over all pixels that have four neighbours; 0 where there is none."""
    width, height = grey.size
    if min(width, height) < 3:  # noqa: PLR2004 - a pixel and one on each side
        return 0.0
    around = {
        name: grey.crop((1 + dx, 1 + dy, width - 1 + dx, height - 1 + dy))
        for name, dx, dy in (("here", 0, 0), ("left", -1, 0), ("right", 1, 0), ("up", 0, -1), ("down", 0, 1))
    }
    edges = ImageMath.lambda_eval(
        lambda at: at["left"] + at["right"] + at["up"] + at["down"] - 4 * at["here"], **around
    )
    squares = ImageMath.lambda_eval(lambda at: at["edges"] * at["edges"], edges=edges)
    return max(0.0, _mean(squares) - _mean(edges) ** 2)


def _mean(values: Image.Image) -> float:
    mean = values.reduce(values.size).getpixel((0, 0))
    if not isinstance(mean, float):
        raise TypeError("a picture of floats has a float for a pixel")
    return mean
