"""What growth costs: `python -m bench.scale [--quick] [--only PART ...]`; docs/scale.md has the tables.

history  the same questions at 1,000,000 cases and at 1,000, in turn, over HTTP
claims   how fast Postgres hands out runs and takes results from 1, 2, 4 and 8 processes, without network and store
workers  1, 2 and 4 real workers with a tiny network on one record
cost     what one photo costs on the real product: rows and bytes, log of the record, objects, seconds of processor

Each part starts servers of its own on loopback; they end with it, after Ctrl-C too. A quarter of an hour for all.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from bench import machine, record, scale_cost, scale_history, scale_tables, scale_workers

NAME: Final = "scale"


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is done of each part."""

    cases: int = 1_000_000
    pairs: int = 300
    processes: tuple[int, ...] = (1, 2, 4, 8)
    runs: int = 2_400  # for each number of processes
    workers: tuple[int, ...] = (1, 2, 4)
    tiny_photos: int = 1_200
    photos: int = 200


QUICK: Final = Extent(cases=20_000, pairs=20, processes=(1, 2), runs=80, workers=(1, 2), tiny_photos=100, photos=10)
PARTS: Final[dict[str, Callable[[Extent], dict[str, Any]]]] = {
    "history": lambda extent: scale_history.measure(extent.cases, extent.pairs, extent.processes, extent.runs),
    "workers": lambda extent: scale_workers.measure(extent.workers, extent.tiny_photos),
    "cost": lambda extent: scale_cost.measure(extent.photos),
}


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.scale", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a little of each, to try it")
    parser.add_argument("--only", nargs="+", choices=[*PARTS], help="these parts alone, beside the last run's others")
    return parser


def main() -> None:
    options = arguments().parse_args()
    figures = record.begin(quick=options.quick)
    if options.only:
        figures = (record.read(NAME) or {}) | figures
    for name, part in PARTS.items():
        if not options.only or name in options.only:
            figures |= part(QUICK if options.quick else Extent())
    figures["load_at_end"] = machine.load()
    for table in scale_tables.tables(figures):
        table.show()
    print(record.save(NAME, figures))


if __name__ == "__main__":
    main()
