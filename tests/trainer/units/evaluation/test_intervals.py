import math

import numpy as np
import pytest

from services.trainer.evaluation.intervals import Figure, Resamples, mean_over, wilson

VALUES = np.random.default_rng(4).random(60)


def width(figure: Figure) -> float:
    return figure.high - figure.low


def test_the_interval_holds_the_mean_and_the_seed_fixes_it() -> None:
    lesions = [f"L{index}" for index in range(60)]
    one, same, other = (Resamples(lesions, count=200, seed=seed).figure(mean_over(VALUES), 60) for seed in (1, 1, 2))
    assert one == same != other
    assert one.value == pytest.approx(VALUES.mean())
    assert one.low < one.value < one.high
    # The standard error of a mean, within a few parts of a hundred.
    assert width(one) == pytest.approx(2 * 1.96 * VALUES.std() / math.sqrt(60), rel=0.2)


def test_siblings_count_as_one() -> None:
    """Six photos of each lesion, all alike: by photo, the interval would be narrower by the root of six."""
    alike = np.repeat(VALUES[:10], 6)
    by_photo = Resamples([str(index) for index in range(60)], count=1000, seed=0).figure(mean_over(alike), 60)
    by_lesion = Resamples([str(index // 6) for index in range(60)], count=1000, seed=0).figure(mean_over(alike), 60)
    assert by_photo.value == by_lesion.value
    assert width(by_lesion) / width(by_photo) == pytest.approx(math.sqrt(6), rel=0.15)


def test_strata_are_drawn_on_their_own() -> None:
    resamples = Resamples(["a", "b", "b"], ["a"], count=50, seed=0)
    weights = np.concatenate(list(resamples._blocks()))
    assert weights.shape == (50, 4)
    assert (weights[:, 1] == weights[:, 2]).all()
    assert (weights[:, 0] + weights[:, 1] == 2).all()
    assert (weights[:, 3] == 1).all()


def test_blocks_are_the_same_resamples_as_one() -> None:
    whole = Resamples(["a", "b", "c"], count=30, seed=5)
    weights = next(whole._blocks())
    assert np.array_equal(weights, np.concatenate(list(Resamples(["a", "b", "c"], count=30, seed=5)._blocks())))
    assert whole.figure(lambda given: given[:, 0], 3).value == 1


def test_what_is_not_known_does_not_count() -> None:
    figure = Resamples(["a", "b", "c"], count=100, seed=0).figure(mean_over(np.array([1.0, np.nan, 3.0])), 2)
    assert figure.value == 2
    never = Resamples(["a", "b"], count=100, seed=0).figure(mean_over(np.array([np.nan, np.nan])), 0)
    assert all(map(math.isnan, (never.value, never.low, never.high)))


def test_no_interval_without_resamples_or_where_most_have_nothing_to_measure() -> None:
    rare = np.r_[1.0, np.full(9, np.nan)]
    lesions = [str(index) for index in range(10)]
    assert not math.isnan(Resamples(lesions, count=200, seed=0).figure(mean_over(rare), 1).low)
    # The first of each of four strata: each is in two thirds of the resamples, all four in less than a fifth.
    four = Resamples(lesions, lesions, lesions, lesions, count=200, seed=0)
    every = four.figure(lambda weights: np.where((weights[:, ::10] > 0).all(axis=1), 1.0, np.nan), 1)
    assert (every.value, math.isnan(every.low)) == (1, True)
    assert math.isnan(Resamples(lesions, count=0, seed=0).figure(mean_over(VALUES[:10]), 10).high)


def test_wilson_by_hand() -> None:
    some = wilson(8, 10)
    assert (some.value, some.low, some.high) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)
    none = wilson(0, 10)
    assert (none.value, none.low, none.high) == pytest.approx((0, 0, 0.2775), abs=1e-4)
    assert math.isnan(wilson(0, 0).value)
