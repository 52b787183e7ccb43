"""The figures of `bench.worker_memory` as tables."""

import statistics

from bench.record import Figures
from bench.table import Table

_MOST_MB = 1200
_MOST_S = 10


def tables(figures: Figures) -> list[Table]:
    return [_memory(figures), _starts(figures)]


def _memory(figures: Figures) -> Table:
    count, slopes = figures["photos"], figures["slope_kb_per_1000"]
    ready, median = figures["pss_mb"]["ready"], figures["pss_mb"]["median"]
    rows = [
        [f"{role}, its share of what is resident (PSS)", f"{ready[role]:.0f}", f"{median[role]:.0f}", "", _slope(slope)]
        for role, slope in slopes.items()
        if role in ready
    ]
    for name, spread, slope in (
        ("all of them (PSS)", figures["all_pss_mb"], _slope(slopes["all"])),
        (f"all of them, shared pages in each (RSS; at most {_MOST_MB})", figures["all_rss_mb"], ""),
    ):
        rows.append([name, *(f"{spread[at]:.0f}" for at in ("ready", "median", "peak")), slope])
    head = [f"{count:,} photos, {figures['photos_per_s']} a second; MB", "ready", "median", "peak"]
    return Table("", [*head, f"kB more each 1,000, over the last {figures['last']:.0%}"], rows)


def _starts(figures: Figures) -> Table:
    names = {"cold": "nothing kept: weights fetched, network compiled", "warm": "weights and compiled network on disk"}
    found, rows = figures["start"], []
    for kind, name in names.items():
        seconds, core_s = found[kind]["seconds"], found[kind]["core_s"]
        each = ", ".join(f"{one:.1f}" for one in seconds)
        rows.append([name, f"{statistics.median(core_s):.1f}", f"{statistics.median(seconds):.1f}", each])
    beside = f"s, beside a load of {found['load']} to {found['load_at_end']}; at most {_MOST_S}"
    return Table("", ["start to ready", "core-s", beside, "each"], rows)


def _slope(found: dict[str, float]) -> str:
    return f"{found['value']:+.0f} ± {found['error']:.0f}"
