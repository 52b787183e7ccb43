"""The figures of webhooks as tables."""

from bench.record import Figures
from bench.table import Table


def tables(figures: Figures) -> list[Table]:
    speed = [
        [f"{row['events']:,} due at once, {row['endpoints']} endpoint(s)", f"{row['per_s']:.0f}", "150"]
        for row in figures["saturation"]
    ]
    calm, beside = figures["company"]["calm"], figures["company"]["beside bad ones"]
    most = 1.25 * calm["p95_ms"] + 50
    killed = figures["killed"]
    return [
        Table("", ["deliveries a second", "measured", "at least"], speed),
        Table(
            "",
            ["event to arrival at a good receiver, ms", "median", "p95", "p95 at most"],
            [
                ["calm", f"{calm['median_ms']:.0f}", f"{calm['p95_ms']:.0f}", ""],
                ["beside bad ones", f"{beside['median_ms']:.0f}", f"{beside['p95_ms']:.0f}", f"{most:.0f}"],
            ],
        ),
        Table(
            "",
            ["notifier killed once a second", "events", "kills", "lost", "requests"],
            [["until all have arrived", *(f"{killed[name]:,}" for name in ("events", "kills", "lost", "requests"))]],
        ),
    ]
