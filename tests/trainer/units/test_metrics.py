import math

import numpy as np
import pytest

from services.trainer import metrics
from services.trainer.metrics import Floats
from shared.contracts.enums import LesionClass

AKIEC, BCC, BKL, DF, MEL, NV, VASC = range(7)


def sure(*classes: int, share: float = 1.0) -> Floats:
    """`share` for the class named, the rest for its neighbour."""
    rows = np.zeros((len(classes), len(LesionClass)))
    for row, index in zip(rows, classes, strict=True):
        row[index], row[(index + 1) % 7] = share, 1 - share
    return rows


def test_accuracy_counts_photos_and_balanced_accuracy_classes() -> None:
    targets = np.array([NV, NV, NV, NV, MEL, MEL])
    answers = sure(NV, NV, NV, MEL, MEL, NV)
    assert metrics.accuracy(answers, targets) == pytest.approx(4 / 6)
    assert metrics.balanced_accuracy(answers, targets) == pytest.approx((3 / 4 + 1 / 2) / 2)


def test_a_class_without_photos_has_no_recall() -> None:
    recalls = metrics.recalls(sure(NV, MEL), np.array([NV, NV]))
    assert recalls[NV] == 0.5
    assert [index for index, value in enumerate(recalls) if math.isnan(value)] == [AKIEC, BCC, BKL, DF, MEL, VASC]


def test_malignancy_is_the_sum_of_three_classes() -> None:
    row = np.array([[0.1, 0.2, 0.05, 0.05, 0.3, 0.2, 0.1]])
    assert metrics.malignancy(row).tolist() == pytest.approx([0.6])
    assert metrics.is_malignant(np.arange(7)).tolist() == [True, True, False, False, True, False, False]


def test_the_area_under_the_curve_is_the_share_of_pairs_in_order() -> None:
    # Malignancy 1.0, 0.4, 0.7, 0.2: of the four pairs of a malignant and a benign photo, three are in order.
    answers = np.array([sure(MEL)[0], sure(MEL, share=0.4)[0], sure(MEL, share=0.7)[0], sure(MEL, share=0.2)[0]])
    targets = np.array([MEL, BCC, NV, NV])
    assert metrics.malignant_auroc(answers, targets) == pytest.approx(3 / 4)
    assert math.isnan(metrics.malignant_auroc(answers[:2], targets[:2]))


def test_softmax_of_large_logits_is_finite_and_temperature_flattens() -> None:
    logits = np.array([[1000.0, 999.0, 0, 0, 0, 0, 0]])
    sharp, flat = metrics.softmax(logits), metrics.softmax(logits, temperature=2.0)
    assert sharp.sum() == pytest.approx(1)
    assert sharp[0, 0] == pytest.approx(1 / (1 + math.exp(-1)))
    assert flat[0, 0] == pytest.approx(1 / (1 + math.exp(-0.5)))
