"""95 % intervals: a bootstrap that draws lesions, not photos, and Wilson's for plain shares.

Photos of one lesion resemble each other, so drawing photos would promise more than the data hold. A resample is a row
of weights: how often each photo is in it. Every measure is a function of such weights, for many rows at once; the
figure itself is the measure at weights of one.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from services.trainer.metrics import Floats, Ints

# Weights [b, n] to values [b] or [b, k]; NaN where a resample has nothing to measure.
Measure = Callable[[Floats], Floats]
LOW, HIGH = 2.5, 97.5
_Z = 1.959964
_CELLS = 4_000_000  # weights held at a time: 32 MB


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, its 95 % interval, and of how many photos or things it was measured. NaN: not defined."""

    value: float
    low: float
    high: float
    n: int

    def as_json(self) -> dict[str, Any]:
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


class Resamples:
    """The same `count` resamples for every measure, so that differences of two measures are paired."""

    def __init__(self, *strata: Sequence[str], count: int, seed: int) -> None:
        """Each stratum lists its members' groups (lesion, patient); strata are resampled on their own, side by side."""
        generator = np.random.default_rng(seed)
        self.size = sum(map(len, strata))
        self._count = count
        self._parts = [_drawn(groups, count, generator) for groups in strata if groups]

    def figure(self, measure: Measure, n: int) -> Figure:
        """A measure of one value."""
        [figure] = self.figures(lambda weights: measure(weights)[:, None], [n])
        return figure

    def figures(self, measure: Measure, counts: Sequence[int]) -> list[Figure]:
        """A measure of several values, of which `counts` says how many photos are behind each.

        The interval is that of the resamples in which the value is defined; NaN if that is less than half of them.
        """
        values = measure(np.ones((1, self.size)))[0]
        drawn = np.concatenate([np.empty((0, len(values))), *map(measure, self._blocks())])
        return [
            Figure(float(value), *_percentiles(drawn[:, index]), n)
            for index, (value, n) in enumerate(zip(values, counts, strict=True))
        ]

    def _blocks(self) -> Iterator[Floats]:
        rows = max(1, _CELLS // max(1, self.size))
        for start in range(0, self._count, rows):
            yield np.concatenate(
                [counts[start : start + rows][:, codes] for codes, counts in self._parts], axis=1, dtype=np.float64
            )


def mean_over(values: Floats) -> Measure:
    """The mean of [n] values, of those that are not NaN."""
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    return lambda weights: ratio(weights @ filled, weights @ known.astype(np.float64))


def ratio(above: Floats, below: Floats) -> Floats:
    """`above / below`, NaN where `below` is zero."""
    return np.asarray(
        np.divide(above, below, out=np.full(np.broadcast(above, below).shape, np.nan), where=below != 0),
        dtype=np.float64,
    )


def wilson(hits: int, n: int) -> Figure:
    """A share of independent things, with Wilson's score interval (1927): it holds for small n and for 0 of n."""
    if n == 0:
        return Figure(math.nan, math.nan, math.nan, 0)
    share, extra = hits / n, _Z**2 / n
    middle = (share + extra / 2) / (1 + extra)
    half = _Z * math.sqrt(share * (1 - share) / n + extra / (4 * n)) / (1 + extra)
    return Figure(share, max(0.0, middle - half), min(1.0, middle + half), n)


def not_too_sure(figure: Figure, groups: int) -> Figure:
    """A share of 0 or 1 is so in every resample: its interval as if each group were one thing (Wilson)."""
    if groups == 0 or figure.value not in (0.0, 1.0):
        return figure
    return replace(wilson(int(figure.value) * groups, groups), n=figure.n)


def _drawn(groups: Sequence[str], count: int, generator: np.random.Generator) -> tuple[Ints, Ints]:
    """Each member's group number [n], and how often each group is in each resample [count, groups]."""
    names, codes = np.unique(np.array(groups), return_inverse=True)
    counts = generator.multinomial(len(names), np.full(len(names), 1 / len(names)), size=count)
    return codes.astype(np.int64), counts


def _percentiles(values: Floats) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    if not len(known) or 2 * len(known) < len(values):
        return math.nan, math.nan
    low, high = np.percentile(known, [LOW, HIGH])
    return float(low), float(high)
