from itertools import pairwise
from math import dist

import pytest

from shared.imaging.colormap import NAMES, UnknownColormap, in_gamut, oklab_of, oklab_steps, rgb_steps


@pytest.mark.parametrize("name", NAMES)
def test_every_point_of_a_scale_can_be_shown(name: str) -> None:
    assert all(in_gamut(point) for point in oklab_steps(name))


@pytest.mark.parametrize("name", NAMES)
def test_lightness_runs_straight_up(name: str) -> None:
    rises = [after[0] - before[0] for before, after in pairwise(oklab_steps(name))]
    assert min(rises) > 0
    assert max(rises) == pytest.approx(min(rises), rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_equal_steps_of_evidence_are_equal_steps_to_the_eye(name: str) -> None:
    steps = [dist(before, after) for before, after in pairwise(oklab_steps(name))]
    assert max(steps) < 1.02 * min(steps)


@pytest.mark.parametrize("name", NAMES)
def test_colours_are_the_points_rounded_to_eight_bits(name: str) -> None:
    for color, point in zip(rgb_steps(name), oklab_steps(name), strict=True):
        assert dist(oklab_of(color), point) < 0.006


@pytest.mark.parametrize("name", NAMES)
def test_lightness_of_the_eight_bit_colours_stays_ordered(name: str) -> None:
    lightness = [oklab_of(color)[0] for color in rgb_steps(name)]
    assert all(later > earlier for earlier, later in zip(lightness, lightness[3:], strict=False))


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownColormap, match="ember"):
        rgb_steps("jet")
