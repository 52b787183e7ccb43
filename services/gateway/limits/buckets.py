"""Token buckets, kept as the one moment at which each is full again (GCRA). Here those of one process."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

WINDOW_S: Final = 60.0
# Nobody is refused for a rounding.
_TOLERANCE_S: Final = 0.001
_MOST_KEPT: Final = 50_000


@dataclass(frozen=True, slots=True)
class Rule:
    """A bucket that holds `per_minute` and gets as many back each minute. `name` is told, `bucket` is whose it is."""

    name: str
    bucket: str
    per_minute: int

    @property
    def step_s(self) -> float:
        return WINDOW_S / self.per_minute


@dataclass(frozen=True, slots=True)
class Level:
    """How full a bucket is. `wait_s` is 0 where one more may be taken (or was), else the seconds until then."""

    rule: Rule
    remaining: int
    full_in_s: float
    wait_s: float


class LocalBuckets:
    """Safe to use from many threads. The buckets that were longest unused are forgotten, which makes them full."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, rules: Sequence[Rule], *, spend: bool = True) -> list[Level]:
        """Take one out of each bucket, or none out of any where one of them is empty; without `spend` only look."""
        with self._lock:
            now = self._clock()
            full = [max(self._full_at.get(rule.bucket, now), now) for rule in rules]
            waits = [_wait(rule, at - now) for rule, at in zip(rules, full, strict=True)]
            if spend and not any(waits):
                full = [at + rule.step_s for rule, at in zip(rules, full, strict=True)]
                self._keep(rules, full)
        return [level_of(rule, at - now, wait) for rule, at, wait in zip(rules, full, waits, strict=True)]

    def _keep(self, rules: Sequence[Rule], full: Sequence[float]) -> None:
        for rule, at in zip(rules, full, strict=True):
            self._full_at[rule.bucket] = at
            self._full_at.move_to_end(rule.bucket)
        while len(self._full_at) > _MOST_KEPT:
            self._full_at.popitem(last=False)


def _wait(rule: Rule, full_in_s: float) -> float:
    wait = full_in_s + rule.step_s - WINDOW_S
    return wait if wait > _TOLERANCE_S else 0.0


def level_of(rule: Rule, full_in_s: float, wait_s: float) -> Level:
    """Return the level of a bucket that is full in so many seconds."""
    remaining = math.floor((WINDOW_S - full_in_s + _TOLERANCE_S) / rule.step_s)
    return Level(rule, max(0, remaining), full_in_s, wait_s)
