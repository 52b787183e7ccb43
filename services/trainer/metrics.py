"""The figures that a run is judged by. Plain functions of probabilities and targets."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from services.trainer.photos import Photo
from shared.contracts.enums import LesionClass

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
MALIGNANT = tuple(list(LesionClass).index(each) for each in (LesionClass.AKIEC, LesionClass.BCC, LesionClass.MEL))
ECE_BINS = 15


def targets_of(photos: Sequence[Photo]) -> Ints:
    """The labels' positions, [n]."""
    return np.array([photo.target for photo in photos], dtype=np.int64)


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """[n, classes] to probabilities."""
    scaled = logits / temperature
    weights = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def accuracy(probabilities: Floats, targets: Ints) -> float:
    return float((probabilities.argmax(axis=1) == targets).mean())


def recalls(probabilities: Floats, targets: Ints) -> list[float]:
    """Recall of each class; NaN where there is none of it."""
    hit = probabilities.argmax(axis=1) == targets
    return [float(hit[targets == c].mean()) if (targets == c).any() else float("nan") for c in range(len(LesionClass))]


def balanced_accuracy(probabilities: Floats, targets: Ints) -> float:
    """The mean recall over the classes that occur: the metric of ISIC 2018 task 3."""
    return float(np.nanmean(recalls(probabilities, targets)))


def malignancy(probabilities: Floats) -> Floats:
    """The sum over the malignant classes, [n]."""
    return np.asarray(probabilities[:, MALIGNANT].sum(axis=1))


def is_malignant(targets: Ints) -> Flags:
    return np.isin(targets, MALIGNANT)


def malignant_auroc(probabilities: Floats, targets: Ints) -> float:
    """NaN where only one side occurs."""
    truth = is_malignant(targets)
    if truth.all() or not truth.any():
        return float("nan")
    return float(roc_auc_score(truth, malignancy(probabilities)))
