"""The figures of `bench.stack` as tables."""

import statistics
from collections.abc import Iterable
from typing import Any

from bench.record import Figures
from bench.table import Table


def tables(figures: Figures) -> list[Table]:
    kinds = figures["kinds"]
    rates = [_rates(kind, found) for kind, found in kinds.items()]
    return [_saturation(kinds), _latency(kinds, figures["busy"]), *rates]


def _saturation(kinds: dict[str, Any]) -> Table:
    rows = []
    for kind, found in kinds.items():
        halves = found["saturation"]
        ours, middle, batch = (
            _median(half["ours"][name] for half in halves)
            for name in ("photos_per_s", "photos_per_s_middle", "mean_batch")
        )
        theirs = _median(half["tutorial"]["photos_per_s"] for half in halves)
        ratio = _median(half["ours"]["photos_per_s"] / half["tutorial"]["photos_per_s"] for half in halves)
        name = f"{kind}, {found['bytes'] / 1000:.0f} kB, {found['backend']}"
        rows.append([name, f"{ours:.1f}", f"{middle:.1f}", f"{batch:.1f}", f"{theirs:.1f}", f"{ratio:.1f}"])
    head = ["all at once", "photos/s", "in the middle", "mean batch", "tutorial's server, photos/s", "ratio"]
    return Table("", head, rows)


def _latency(kinds: dict[str, Any], busy: dict[str, Any]) -> Table:
    rows = []
    for kind, found in kinds.items():
        idle = found["idle"]
        done = idle["submit_to_done_ms"]
        parts = ", ".join(f"{name} {value:.0f}" for name, value in idle["phases_ms"].items())
        measured = f"{done['median']:.0f} ({done['low']:.0f}-{done['high']:.0f})"
        target = f"{idle['allowed_ms']:.0f}"
        rows.append([f"submit to result in hand, idle, {kind} ({parts})", measured, target])
    size = f"{busy['bytes'] / 1000:.0f} kB"
    one = busy["put_and_commit_ms_p50"]
    rows += [
        [f"put of {size} into the store and one commit, median", f"{one:.1f}", ""],
        [f"submit of {size} beside a busy worker, median", f"{busy['submit_ms_p50']:.1f}", ""],
        [f"submit of {size} beside a busy worker, p99", f"{busy['submit_ms_p99']:.1f}", f"{5 * one:.0f}"],
        ["memory of the gateway then, MB", f"{busy['gateway_resident_mb']:.0f}", "200"],
    ]
    return Table("", ["milliseconds", "measured", "at most"], rows)


def _rates(kind: str, found: dict[str, Any]) -> Table:
    """The last column only where a worker that claims one photo at a time was measured too."""
    head = ["of saturation", "arrive, photos/s", "done, photos/s", "submit to done, ms, median", "p95", "mean batch"]
    rows = []
    for share, row in found["rates"].items():
        cells = [f"{float(share):.0%}", f"{row['asked_per_s']:.1f}", f"{row['done_per_s']:.1f}"]
        cells += [f"{row['submit_to_done_ms_p50']:.0f}", f"{row['submit_to_done_ms_p95']:.0f}"]
        cells.append(f"{row['mean_batch']:.1f}")
        alone = row.get("one_by_one")
        rows.append([*cells, f"{alone['submit_to_done_ms_p95']:.0f}"] if alone else cells)
    if any(len(row) > len(head) for row in rows):
        head.append("p95, one at a time")
    return Table(f"Arrivals at random, {kind}", head, rows)


def _median(values: Iterable[float]) -> float:
    return statistics.median(list(values))
