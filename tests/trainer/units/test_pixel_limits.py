"""The fitted limits: at most one good photo in a hundred is refused, and nobody for the colour of skin."""

import random
from pathlib import Path

import pytest
from PIL import Image

from services.inference.model.measures import PixelMeasures, measure
from services.inference.model.quality import reasons
from services.trainer.canvases import quiet
from services.trainer.faults import BadData
from services.trainer.photos import Photo
from services.trainer.pixel_limits import fit_pixel_limits, measured
from shared.contracts.enums import LesionClass
from shared.contracts.manifest import PixelLimits, Quality
from shared.imaging.display import MAX_SIDE, fit
from shared.imaging.geometry import Size


def some(count: int, seed: int = 0, light: float = 1.0) -> list[PixelMeasures]:
    chance = random.Random(seed)
    return [
        PixelMeasures(
            256,
            sharpness=chance.lognormvariate(4, 1),
            mean_grey=chance.gauss(155, 20) * light,
            dark_share=chance.random() ** 9 / 5,
            glare_share=chance.random() ** 9 / 5,
        )
        for _ in range(count)
    ]


def refused(measures: list[PixelMeasures], limits: PixelLimits) -> int:
    return sum(any(reasons(each, Quality(min_side_px=1, pixels=limits))) for each in measures)


@pytest.mark.parametrize("count", [1, 7, 399, 400, 401, 5000])
@pytest.mark.parametrize("light", [1.0, 0.2])
def test_at_most_one_good_photo_in_a_hundred_is_refused(count: int, light: float) -> None:
    measures = some(count, count, light)
    limits = fit_pixel_limits(measures)
    assert refused(measures, limits) <= count / 100
    assert f"{count} training photos. {refused(measures, limits)} of them" in limits.fitted_on


def test_sharpness_follows_the_photos() -> None:
    measures = some(4000)
    limits = fit_pixel_limits(measures)
    least = sorted(each.sharpness for each in measures)
    assert least[9] < limits.min_sharpness + 0.1
    assert limits.min_sharpness <= least[10], "ten of 4,000 are a quarter of 1 %"


def test_limits_of_light_stay_where_no_skin_is() -> None:
    limits = fit_pixel_limits(some(4000))
    assert (limits.min_mean_grey, limits.max_dark_share, limits.max_glare_share) == (30.0, 0.5, 0.25)


def test_limits_of_light_give_way_to_photos_that_lie_beyond() -> None:
    beyond = [PixelMeasures(256, 50.0, mean_grey=20.5, dark_share=0.613, glare_share=1.0)] * 100
    limits = fit_pixel_limits(beyond)
    assert (limits.min_mean_grey, limits.max_dark_share, limits.max_glare_share) == (20.0, 0.62, 1.0)


def test_no_photos_no_limits() -> None:
    with pytest.raises(BadData):
        fit_pixel_limits([])


def test_photos_are_measured_at_display_size(tmp_path: Path) -> None:
    drawn = Image.radial_gradient("L").resize((1300, 800)).convert("RGB")
    drawn.save(tmp_path / "large.png")
    [found] = measured([Photo(tmp_path / "large.png", LesionClass.NV, "1")], quiet)
    full = Size(1300, 800)
    assert fit(drawn, full).width == MAX_SIDE
    assert found == measure(fit(drawn, full), full)
    assert found.short_side_px == 800
