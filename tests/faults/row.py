"""What an experiment found: one row of the table, and how the table is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_COLUMNS: Final = (
    ("id", 6),
    ("experiment", 44),
    ("kills", 6),
    ("submitted", 10),
    ("lost", 5),
    ("twice", 6),
    ("exhausted", 10),
    ("stuck", 6),
    ("p99 recovery", 13),
    ("seconds", 8),
    ("", 5),
)


@dataclass
class Row:
    """Counts of one experiment. `recovery_s` is the p99 of what `recovery_means` says; None where nothing recovers.

    `exhausted` counts `attempts_exhausted` beyond the poison that was planted. `problems` fail the experiment.
    """

    id: str
    title: str
    kills: int = 0
    submitted: int = 0
    lost: int = 0
    twice: int = 0
    exhausted: int = 0
    stuck: int = 0
    recovery_s: float | None = None
    recovery_means: str = ""
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not (self.lost or self.twice or self.exhausted or self.stuck or self.problems)

    def require(self, what: str, holds: object) -> None:
        """Note a problem unless `holds`."""
        if not holds:
            self.problems.append(what)


def heading() -> str:
    return "".join(name.ljust(width) for name, width in _COLUMNS).rstrip()


def line(row: Row) -> str:
    recovery = "-" if row.recovery_s is None else f"{row.recovery_s:.1f} s"
    cells = (
        row.id,
        row.title[:42],
        *(str(each) for each in (row.kills, row.submitted, row.lost, row.twice, row.exhausted, row.stuck)),
        recovery,
        f"{row.seconds:.0f}",
        "pass" if row.passed else "FAIL",
    )
    return "".join(cell.ljust(width) for cell, (_, width) in zip(cells, _COLUMNS, strict=True)).rstrip()


def percentile(values: list[float], share: float) -> float | None:
    """Return the smallest value that `share` of all do not exceed; None for no values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
