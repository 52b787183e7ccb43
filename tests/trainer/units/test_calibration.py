"""What is fitted on a hold-out, by hand or against a truth that was put in."""

import numpy as np
import pytest

from services.trainer.calibration import (
    fit_bands,
    fit_limits,
    fit_temperature,
    prior_correction,
)
from services.trainer.faults import BadData
from services.trainer.metrics import MALIGNANT, softmax

CLASSES = 7


def drawn(logits: np.ndarray, seed: int = 0) -> np.ndarray:
    """Targets that follow exactly from the probabilities of the logits."""
    chance = np.random.default_rng(seed)
    return np.array([chance.choice(CLASSES, p=row) for row in softmax(logits)], dtype=np.int64)


def scored(scores: list[float]) -> np.ndarray:
    """Probabilities with these malignancy scores: all of it on one malignant class, the rest on one benign."""
    probabilities = np.zeros((len(scores), CLASSES))
    probabilities[:, MALIGNANT[0]], probabilities[:, 5] = scores, 1 - np.array(scores)
    return probabilities


def test_a_temperature_that_was_put_in_is_found() -> None:
    logits = np.random.default_rng(1).normal(0, 2, (4000, CLASSES))
    targets = drawn(logits)
    assert fit_temperature(logits, targets) == pytest.approx(1.0, abs=0.05)
    assert fit_temperature(logits * 3, targets) == pytest.approx(3.0, abs=0.15)


def test_the_correction_returns_a_balanced_network_to_the_shares_of_the_data() -> None:
    shares = np.array([0.05, 0.05, 0.1, 0.02, 0.1, 0.66, 0.02])
    probabilities = softmax(prior_correction(shares, 1.0)[None])[0]
    np.testing.assert_allclose(probabilities, shares, atol=1e-12)
    assert prior_correction(shares, 0.5).mean() == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_array_equal(prior_correction(shares, 0.0), np.zeros(CLASSES))


def test_a_class_that_does_not_occur_cannot_be_corrected() -> None:
    with pytest.raises(BadData, match="does not occur"):
        prior_correction(np.array([0.0, 0.2, 0.2, 0.2, 0.2, 0.1, 0.1]), 0.5)


def test_the_bands_are_reached_by_as_many_malignant_photos_as_they_say() -> None:
    malignant = [0.0105 + 0.009 * index for index in range(100)]
    probabilities = np.concatenate([scored(malignant), scored([0.3] * 50)])
    targets = np.array([MALIGNANT[0]] * 100 + [5] * 50)
    bands = fit_bands(probabilities, targets)
    reached = [(np.array(malignant) >= limit).sum() for limit in (bands.refer, bands.no_refer)]
    assert reached == [95, 99]
    assert bands.refer == pytest.approx(malignant[5], abs=0.001)
    assert bands.refer <= malignant[5]


def test_a_hold_out_without_malignant_photos_is_refused() -> None:
    with pytest.raises(BadData, match="no malignant photo"):
        fit_bands(scored([0.1, 0.2]), np.array([5, 5]))


def test_the_limits_of_distance_lie_at_one_percent_and_beyond_the_farthest() -> None:
    limits = fit_limits(np.linspace(0.5, 1.5, 1001))
    assert limits.soft == pytest.approx(1.49, abs=0.001)
    assert limits.hard == pytest.approx(1.65, abs=0.001)
