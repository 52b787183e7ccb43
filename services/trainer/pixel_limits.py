"""Limits for what a photo's pixels have to be, fitted so that at most one in a hundred training photos is refused.

The training photos are good ones, and nearly all of light skin. So only the sharpness follows them all the way. What
is darkest or brightest among them is not badly lit but a black lesion or pale skin that fills the picture: limits of
light stay where no skin is, however far inside the fitted ones would lie.
"""

from collections.abc import Sequence
from math import ceil, floor

import numpy as np

from services.inference.model.measures import PixelMeasures, measure
from services.inference.model.quality import reasons
from services.trainer.canvases import Progress, open_upright
from services.trainer.faults import BadData
from services.trainer.photos import Photo
from shared.contracts.manifest import PixelLimits, Quality
from shared.imaging.display import fit
from shared.imaging.geometry import Size

REFUSED = 0.01
# Nobody's skin in enough light: a grey of 30 is 1.3 % of the light of white.
STRICTEST_MEAN_GREY = 30.0
# More than half of the picture black, more than a quarter of it white.
STRICTEST_DARK_SHARE, STRICTEST_GLARE_SHARE = 0.5, 0.25
_MEASURES = 4


def measured(photos: Sequence[Photo], progress: Progress) -> list[PixelMeasures]:
    """Measure as the service does, on pictures at display size. Raises BadData for a photo that cannot be read."""
    found = []
    for photo in progress(photos, len(photos)):
        picture = open_upright(photo.path)
        full = Size(picture.width, picture.height)
        found.append(measure(fit(picture, full), full))
    return found


def fit_pixel_limits(measures: Sequence[PixelMeasures]) -> PixelLimits:
    """Each limit refuses at most a quarter of 1 %, so all of them at most 1 %. Raises BadData for no photos."""
    if not measures:
        raise BadData("no photo to fit the limits of pixels to")
    share = REFUSED / _MEASURES
    sharpness, mean = (_low([getattr(each, name) for each in measures], share) for name in ("sharpness", "mean_grey"))
    dark, glare = (_high([getattr(each, name) for each in measures], share) for name in ("dark_share", "glare_share"))
    limits = PixelLimits(
        min_sharpness=floor(sharpness * 10) / 10,
        min_mean_grey=min(STRICTEST_MEAN_GREY, float(floor(mean))),
        max_dark_share=max(STRICTEST_DARK_SHARE, _up(dark)),
        max_glare_share=max(STRICTEST_GLARE_SHARE, _up(glare)),
        rule=f"Each refuses at most {share:.2%} of the photos, so all together at most {REFUSED:.0%}. A mean grey "
        f"above {STRICTEST_MEAN_GREY:g}, a dark share below {STRICTEST_DARK_SHARE:g} or a glare share below "
        f"{STRICTEST_GLARE_SHARE:g} is never asked for, as that would be a rule on the colour of skin or lesion. These "
        f"photos alone would have given {mean:.0f}, {dark:.3f} and {glare:.3f}.",
        fitted_on=f"{len(measures)} training photos.",
    )
    refused = sum(any(reasons(each, Quality(min_side_px=1, pixels=limits))) for each in measures)
    return limits.model_copy(update={"fitted_on": f"{limits.fitted_on} {refused} of them are refused."})


def _low(values: Sequence[float], share: float) -> float:
    """The largest value that at most `share` of the values lie below."""
    return float(np.sort(values)[int(len(values) * share)])


def _high(values: Sequence[float], share: float) -> float:
    return -_low([-value for value in values], share)


def _up(share: float) -> float:
    return min(1.0, ceil(share * 100) / 100)
