"""Counts what a campaign changes, case by case, in memory that does not grow with the campaign."""

import heapq
import math
from array import array
from collections import Counter
from typing import Final

from services.gateway.reruns.comparisons import Compared, Side
from services.gateway.reruns.report_schemas import (
    Change,
    Distribution,
    Origin,
    ReportBody,
    ReportSide,
    Shift,
    Unmapped,
    Verdict,
)
from services.gateway.reruns.repository import REFUSED
from services.gateway.reruns.schemas import RerunLine
from shared.contracts.enums import Promotion, RerunItemState, SkipReason

NOTICE: Final = (
    "A screening aid, not a diagnosis. Research use only: every answer is preliminary and has to be reviewed by a "
    "clinician."
)
LARGEST: Final = 50
_QUANTILES: Final = (1, 5, 10, 25, 50, 75, 90, 95, 99)
_STEPS: Final = 10_000
_BARS: Final = 20


class Spread:
    """Numbers between `low` and `high`, counted in steps of 1/10,000: quantiles are exact to that."""

    def __init__(self, low: int, high: int) -> None:
        self._low, self._high = low, high
        self._counts = array("Q", bytes(8 * ((high - low) * _STEPS + 1)))
        self._cases = 0

    def add(self, value: float) -> None:
        step = round((min(max(value, self._low), self._high) - self._low) * _STEPS)
        self._counts[step] += 1
        self._cases += 1

    def told(self) -> Distribution | None:
        """Return the distribution; None of no numbers."""
        if not self._cases:
            return None
        quantiles = {f"p{percent}": self._at(math.ceil(self._cases * percent / 100)) for percent in _QUANTILES}
        return Distribution(
            cases=self._cases,
            quantiles={**quantiles, "max": self._at(self._cases)},
            low=self._low,
            high=self._high,
            histogram=self._histogram(),
        )

    def _at(self, rank: int) -> float:
        seen = 0
        for step, count in enumerate(self._counts):
            seen += count
            if seen >= rank:
                return round(self._low + step / _STEPS, 4)
        return float(self._high)

    def _histogram(self) -> list[int]:
        width = (len(self._counts) - 1) // _BARS
        bars = [0] * _BARS
        for step, count in enumerate(self._counts):
            bars[min(step // width, _BARS - 1)] += count  # the highest number of all is in the last bar
        return bars


class _Origins:
    """What the results of one side came from, and how long the device had them."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str | None, ...]] = Counter()
        self._network_ms = 0.0
        self._timed = False

    def add(self, side: Side) -> None:
        facts = (side.name, side.version, side.weights_sha256, side.backend, side.backend_checked, side.code_revision)
        self.counts[facts] += 1
        if side.network_ms is not None:
            self._timed = True
            self._network_ms += side.network_ms

    def told(self) -> ReportSide:
        names = ("name", "version", "weights_sha256", "backend", "backend_checked", "code_revision")
        origins = [
            Origin(**dict(zip(names, facts, strict=True)), results=count) for facts, count in self.counts.most_common()
        ]
        seconds = round(self._network_ms / 1000, 3) if self._timed else None
        return ReportSide(device_seconds=seconds, origins=origins)


class Report:
    """Takes the cases of a campaign one by one; `told` says what they come to."""

    def __init__(self) -> None:
        self._items: Counter[RerunItemState] = Counter()
        self._skipped: Counter[SkipReason] = Counter()
        self._failures: Counter[str] = Counter()
        self._promotions: Counter[Promotion] = Counter()
        self._first_results = self._agreeing = self._other_backend = self._unmapped_cases = 0
        self._decisions: Counter[tuple[str, str]] = Counter()
        self._labels: Counter[tuple[str, str]] = Counter()
        self._shifts, self._malignancy = Spread(0, 1), Spread(-1, 1)
        self._only_before: set[str] = set()
        self._only_after: set[str] = set()
        # A heap: the smallest shift first; of equal ones the case of the latest id goes first.
        self._largest: list[tuple[float, _Backwards, Shift]] = []
        self._before, self._after = _Origins(), _Origins()

    def add(self, row: Compared) -> None:
        """Count one case."""
        self._items[RerunItemState(row.state)] += 1
        if row.skip_reason is not None:
            self._skipped[SkipReason(row.skip_reason)] += 1
        if row.promotion is not None:
            self._promotions[Promotion(row.promotion)] += 1
        if row.state == RerunItemState.FAILED:
            self._failures[row.error_code or "unknown"] += 1
        if row.new is None:
            return
        self._after.add(row.new)
        if row.old is None:
            self._first_results += 1
        else:
            self._before.add(row.old)
            self._compare(row.case_id, row.old, row.new)

    def told(self, rerun: RerunLine) -> ReportBody:
        """Return the report on what was added so far."""
        compared = self._decisions.total()
        flips = sum(count for (before, after), count in self._decisions.items() if before != after)
        return ReportBody(
            rerun=rerun,
            notice=NOTICE,
            items=dict(self._items),
            skipped=dict(self._skipped),
            failures=dict(self._failures.most_common()),
            promotions=dict(self._promotions),
            compared=compared,
            first_results=self._first_results,
            agreeing=self._agreeing,
            agreement=round(1 - flips / compared, 6) if compared else None,
            flips=flips,
            decisions=_changes(self._decisions),
            labels=_changes(self._labels),
            probability_shift=self._shifts.told(),
            malignancy_shift=self._malignancy.told(),
            unmapped_labels=Unmapped(
                before=sorted(self._only_before), after=sorted(self._only_after), cases=self._unmapped_cases
            ),
            largest_shifts=[shift for _, _, shift in sorted(self._largest, reverse=True)],
            before=self._before.told(),
            after=self._after.told(),
            backends_differ=self._other_backend > 0,
            other_backend=self._other_backend,
        )

    def _compare(self, case_id: str, old: Side, new: Side) -> None:
        before, after = decision_of(old), decision_of(new)
        self._decisions[before, after] += 1
        self._agreeing += before == after and old.label == new.label
        self._other_backend += old.backend != new.backend
        if old.probabilities is None or new.probabilities is None:
            return
        self._only_before |= old.probabilities.keys() - new.probabilities.keys()
        self._only_after |= new.probabilities.keys() - old.probabilities.keys()
        self._compare_labels(old, new)
        if old.malignancy is not None and new.malignancy is not None:
            self._malignancy.add(new.malignancy - old.malignancy)
        found = largest_shift(old, new)
        if found is not None:
            self._shifts.add(found[0])
            shift = Shift(
                case_id=case_id, label=found[1], shift=round(found[0], 6), before=verdict(old), after=verdict(new)
            )
            self._keep(found[0], shift)

    def _compare_labels(self, old: Side, new: Side) -> None:
        assert old.probabilities is not None  # noqa: S101  # asked before
        assert new.probabilities is not None  # noqa: S101
        mapped = old.label in new.probabilities and new.label in old.probabilities
        if mapped:
            self._labels[str(old.label), str(new.label)] += 1
        else:
            self._unmapped_cases += 1

    def _keep(self, size: float, shift: Shift) -> None:
        entry = (size, _Backwards(shift.case_id), shift)
        if len(self._largest) < LARGEST:
            heapq.heappush(self._largest, entry)
        elif entry[:2] > self._largest[0][:2]:
            heapq.heapreplace(self._largest, entry)


class _Backwards(str):
    """A text that sorts the other way round."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)

    def __gt__(self, other: str) -> bool:
        return str.__lt__(self, other)


def decision_of(side: Side) -> str:
    """Return the decision; of a refusal `rejected`."""
    return side.decision or REFUSED


def verdict(side: Side) -> Verdict:
    return Verdict(
        run_id=side.run_id,
        decision=decision_of(side),
        label=side.label,
        malignancy=side.malignancy,
        backend=side.backend,
    )


def largest_shift(old: Side, new: Side) -> tuple[float, str] | None:
    """Return the largest |after - before| over the labels that both sides have, and its label; None without any."""
    if old.probabilities is None or new.probabilities is None:
        return None
    shared = sorted(old.probabilities.keys() & new.probabilities.keys())
    shifts = [(abs(new.probabilities[label] - old.probabilities[label]), label) for label in shared]
    return max(shifts, key=lambda shift: shift[0], default=None)


def _changes(counts: Counter[tuple[str, str]]) -> list[Change]:
    return [Change(before=before, after=after, cases=cases) for (before, after), cases in sorted(counts.items())]
