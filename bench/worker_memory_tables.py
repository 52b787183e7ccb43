"""The figures of `bench.worker_memory` as tables."""

import statistics

from bench.record import Figures
from bench.table import Table

_MOST_MB = 1200
_MOST_S = 10


def tables(figures: Figures) -> list[Table]:
    return [_memory(figures), _starts(figures)]


def _memory(figures: Figures) -> Table:
    count, slopes, at_end = figures["photos"], figures["slope_kb_per_1000"], figures["slope_at_end_kb_per_1000"]
    names = {role: role for role in slopes} | {"all": f"all of them; at most {_MOST_MB}"}
    rows = [
        [names[role], *_levels(spread), _slope(slopes[role]), _slope(at_end[role])]
        for role, spread in figures["pss_mb"].items()
    ]
    rows.append(["all of them, shared pages counted in each (RSS)", *_levels(figures["rss_mb"]["all"]), "", ""])
    head = [f"{count:,} photos, {figures['photos_per_s']} a second; MB (PSS)", "ready", "median", "peak"]
    growth = f"kB more each 1,000 (RSS), over the last {figures['last']:.0%}"
    return Table("", [*head, growth, f"last {figures['at_end']:.0%}"], rows)


def _levels(spread: dict[str, float]) -> list[str]:
    return [f"{spread[at]:.0f}" for at in ("ready", "median", "peak")]


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
