import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from services.trainer.evaluation.ranking import Ranking, Truth

# Twenty malignant photos, the lowest at 0.10; five benign ones.
MALIGNANT = [0.1, *(0.5 + 0.02 * step for step in range(19))]
BENIGN = [0.05, 0.2, 0.3, 0.55, 0.9]
SCORES = np.array(MALIGNANT + BENIGN)
TRUTH = np.arange(25) < 20
ONES = np.ones((1, 25))


def test_specificity_at_95_percent_by_hand() -> None:
    """19 of 20 reach 0.5, the largest such score; below it lie 0.05, 0.2 and 0.3 of the five benign photos."""
    ranking = Ranking(SCORES, TRUTH)
    assert ranking.threshold_at(0.95) == 0.5
    assert ranking.specificity_at(0.95, ONES).tolist() == [3 / 5]
    assert ranking.threshold_at(1.0) == 0.1
    assert ranking.specificity_at(1.0, ONES).tolist() == [1 / 5]


def test_weights_are_repeated_photos() -> None:
    generator = np.random.default_rng(0)
    scores, truth = generator.integers(0, 12, 40).astype(float), generator.random(40) < 0.4
    weights = generator.integers(0, 4, (20, 40)).astype(float)
    ranking = Ranking(scores, truth)
    areas, specificities = ranking.auroc(weights), ranking.specificity_at(0.9, weights)
    for row, area, specificity in zip(weights.astype(int), areas, specificities, strict=True):
        repeated = np.repeat(scores, row), np.repeat(truth, row)
        assert area == pytest.approx(roc_auc_score(repeated[1], repeated[0]))
        assert specificity == pytest.approx(Ranking(*repeated).specificity_at(0.9, np.ones((1, row.sum())))[0])


def test_perfect_and_reversed() -> None:
    scores = TRUTH.astype(float)
    assert Ranking(scores, TRUTH).auroc(ONES).tolist() == [1.0]
    assert Ranking(scores, TRUTH).specificity_at(0.95, ONES).tolist() == [1.0]
    assert Ranking(-scores, TRUTH).auroc(ONES).tolist() == [0.0]
    assert Ranking(np.zeros(25), TRUTH).auroc(ONES).tolist() == [0.5]


@pytest.mark.parametrize("truth", [np.zeros(25, dtype=bool), np.ones(25, dtype=bool)])
def test_one_side_alone_is_no_number(truth: Truth) -> None:
    ranking = Ranking(SCORES, truth)
    assert math.isnan(ranking.auroc(ONES)[0])
    assert math.isnan(ranking.specificity_at(0.95, ONES)[0])


def test_the_curve_goes_through_the_points_of_scikit_learn() -> None:
    scores = np.round(SCORES, 1)
    false, caught = Ranking(scores, TRUTH).curve()
    expected = roc_curve(TRUTH, scores, drop_intermediate=False)
    assert false.tolist() == pytest.approx(expected[0].tolist())
    assert caught.tolist() == pytest.approx(expected[1].tolist())
