"""Curves of a score against a truth, for weighted photos: the weights of a resample, many resamples at once."""

import numpy as np
import numpy.typing as npt

from services.trainer.evaluation.intervals import ratio
from services.trainer.metrics import Floats

Truth = npt.NDArray[np.bool_]
_ROUNDING = 1e-9


class Ranking:
    """Scores [n] sorted once. Equal scores count half, as in the Mann-Whitney statistic."""

    def __init__(self, scores: Floats, truth: Truth) -> None:
        self._order = np.argsort(scores, kind="stable")
        self.scores, self._truth = scores[self._order], truth[self._order]
        self._first = np.searchsorted(self.scores, self.scores, side="left")
        self._last = np.searchsorted(self.scores, self.scores, side="right")

    def auroc(self, weights: Floats) -> Floats:
        """Weights [b, n] to the area under the ROC curve [b]; NaN where one side is missing."""
        positive, negative = self._sides(weights)
        below = _running(negative)
        mine = np.flatnonzero(self._truth)
        won = (below[:, self._first[mine]] + below[:, self._last[mine]]) / 2
        return ratio((positive[:, mine] * won).sum(axis=1), positive.sum(axis=1) * negative.sum(axis=1))

    def specificity_at(self, sensitivity: float, weights: Floats) -> Floats:
        """Weights [b, n] to the specificity at the largest score that still reaches the sensitivity, [b]."""
        _, negative = self._sides(weights)
        rows, index = np.arange(len(weights)), self._reaching(sensitivity, weights)
        values = ratio(_running(negative)[rows, self._first[index]], negative.sum(axis=1))
        return np.where(weights[:, self._order] @ self._truth > 0, values, np.nan)

    def threshold_at(self, sensitivity: float) -> float:
        """The largest score that at least this share of the true ones reach; NaN without any."""
        if not self._truth.any():
            return float("nan")
        return float(self.scores[self._reaching(sensitivity, np.ones((1, len(self.scores))))[0]])

    def curve(self) -> tuple[Floats, Floats]:
        """False and true positive rates from (0, 0) to (1, 1), one point for each distinct score."""
        starts = np.unique(self._first)[::-1]
        positive = np.concatenate([[0], np.cumsum(self._truth)])
        total, size = positive[-1], len(self._truth)
        caught = total - positive[starts]
        false = (size - starts) - caught
        return np.r_[0.0, false / max(1, size - total)], np.r_[0.0, caught / max(1, total)]

    def _sides(self, weights: Floats) -> tuple[Floats, Floats]:
        ordered = weights[:, self._order]
        return ordered * self._truth, ordered * ~self._truth

    def _reaching(self, sensitivity: float, weights: Floats) -> npt.NDArray[np.intp]:
        """For each resample, where in ascending order the largest score lies that reaches the sensitivity."""
        positive, _ = self._sides(weights)
        total = positive.sum(axis=1, keepdims=True)
        reached = total - _running(positive)[:, self._first]
        return np.asarray((reached >= sensitivity * total - _ROUNDING).sum(axis=1) - 1)


def _running(values: Floats) -> Floats:
    """Sums of what comes before each place, [b, n + 1]."""
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
