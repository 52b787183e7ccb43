"""What is fitted on the hold-out once the weights are final: temperature, the bands' thresholds, limits of distance."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from services.trainer.faults import BadData
from services.trainer.metrics import Floats, Ints, is_malignant, malignancy, softmax

REFER_SENSITIVITY = 0.95
NO_REFER_SENSITIVITY = 0.99
SOFT_SHARE = 0.99
HARD_MARGIN = 1.1
_STEP = 0.001


@dataclass(frozen=True, slots=True)
class Bands:
    """Thresholds on the malignancy score, rounded down to 0.001."""

    refer: float
    no_refer: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the feature distance: beyond `soft` a person looks, beyond `hard` there is no result."""

    soft: float
    hard: float


def fit_temperature(logits: Floats, targets: Ints) -> float:
    """The temperature with the least negative log-likelihood (arXiv 1706.04599), between 0.05 and 20."""

    def loss(log_temperature: float) -> float:
        chosen = softmax(logits, float(np.exp(log_temperature)))[np.arange(len(targets)), targets]
        return float(-np.log(np.maximum(chosen, 1e-12)).mean())

    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return round(float(np.exp(found.x)), 4)


def prior_correction(shares: Floats, balance: float) -> Floats:
    """What to add to logits of a network that saw classes drawn with weight n^-balance, [classes].

    It saw shares proportional to n^(1 - balance); adding the log of the ratio of the shares (Saerens, Latinne,
    Decaestecker 2002) returns it to the data's own. The mean is zero, as a common offset changes nothing.
    """
    if (shares <= 0).any():
        raise BadData("a class does not occur: its share cannot be corrected")
    offsets = balance * np.log(shares)
    return np.asarray(offsets - offsets.mean())


def fit_bands(probabilities: Floats, targets: Ints) -> Bands:
    """The largest thresholds that 95 % (refer) and 99 % (no_refer) of the malignant photos reach.

    Raises BadData without any malignant photo.
    """
    scores = np.sort(malignancy(probabilities)[is_malignant(targets)])
    if not len(scores):
        raise BadData("the hold-out has no malignant photo: thresholds cannot be fitted")
    return Bands(*(_reached(scores, share) for share in (REFER_SENSITIVITY, NO_REFER_SENSITIVITY)))


def fit_limits(distances: Floats) -> Limits:
    """`soft` is reached by 1 % of the hold-out, `hard` lies a tenth beyond the farthest of it; rounded up."""
    soft = float(np.quantile(distances, SOFT_SHARE))
    return Limits(_up(soft), max(_up(soft), _up(float(distances.max()) * HARD_MARGIN)))


def _reached(ascending: Floats, share: float) -> float:
    missed = int(np.floor(len(ascending) * (1 - share) + 1e-9))
    return round(float(np.floor(ascending[missed] / _STEP) * _STEP), 3)


def _up(value: float) -> float:
    return round(float(np.ceil(value / _STEP) * _STEP), 3)
