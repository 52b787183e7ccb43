"""Contestants measured in turn: every round runs each of them once, in an order of its own.

What disturbs a machine for longer than a round then meets all of them, and a ratio is taken within each round.
"""

import gc
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_SETTLE_S: Final = 0.02  # threads of the libraries spin for a while after their work


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float], digits: int = 3) -> "Spread":
        low, _, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3
        return cls(*(round(value, digits) for value in (statistics.median(values), low, high)))


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of each round, by the clock and by the processor (of all threads of this process)."""

    clock: list[float]
    processor: list[float]


def interleave(
    contestants: Mapping[str, Callable[[], object]], rounds: int, *, seed: int = 0, warm_up: int = 2
) -> dict[str, Times]:
    """Run every contestant `warm_up` times, then once in each of so many rounds."""
    for run in contestants.values():
        for _ in range(warm_up):
            run()
    order, shuffle = list(contestants), random.Random(seed).shuffle
    times = {name: Times([], []) for name in contestants}
    for _ in range(rounds):
        shuffle(order)
        gc.collect()
        for name in order:
            time.sleep(_SETTLE_S)
            clock, processor = time.perf_counter(), time.process_time()
            contestants[name]()
            times[name].clock.append(time.perf_counter() - clock)
            times[name].processor.append(time.process_time() - processor)
    return times


def ratio(of: Sequence[float], to: Sequence[float]) -> Spread:
    """Of two contestants' seconds, round by round."""
    return Spread.of([one / other for one, other in zip(of, to, strict=True)])
