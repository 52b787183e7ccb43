"""`python -m tests.faults`: the experiments of docs/reliability.md, one row each. Ends with 1 if any failed."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.observability.logging import configure
from shared.settings import LogSettings
from tests.faults.catalogue import EXPERIMENTS
from tests.faults.experiment import Setting, perform
from tests.faults.lab import open_lab
from tests.faults.row import Row, heading, line
from tests.faults.sizes import FULL, SUBSET, USUAL, Size

_OUT = Path(".stamps") / "faults"
_LOST = 130


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help="the full sizes: hours")
    size.add_argument("--subset", action="store_true", help="what `make test` runs: minutes")
    parser.add_argument("--only", default="", help="some experiments, for example R2,R5")
    parser.add_argument("--out", type=Path, help=f"file for the figures as JSON (default: one in {_OUT})")
    options = parser.parse_args(given)
    options.size = FULL if options.full else SUBSET if options.subset else USUAL
    options.chosen = [name for name in options.only.upper().split(",") if name] or list(EXPERIMENTS)
    if unknown := set(options.chosen) - set(EXPERIMENTS):
        parser.error(f"no experiment {sorted(unknown)}; there are {', '.join(EXPERIMENTS)}")
    return options


def _say(text: str) -> None:
    print(f"  {datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)


def _run(size: Size, chosen: list[str], rows: list[Row]) -> None:
    _say(f"starting Postgres, Valkey and S3; size: {size.name}")
    with open_lab() as lab:
        for name in chosen:
            rows.append(perform(name, EXPERIMENTS[name], Setting(lab, size, _say)))
            _say(f"{name}: {'pass' if rows[-1].passed else 'FAIL'} after {rows[-1].seconds:.0f} s")
            for problem in rows[-1].problems:
                _say(f"  {problem}")


def figures(size: Size, rows: list[Row]) -> dict[str, Any]:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Linux, Python {platform.python_version()}"
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "size": size.name,
        "machine": machine,
        "load_average": os.getloadavg(),
        "experiments": [asdict(row) | {"passed": row.passed} for row in rows],
    }


def _print(rows: list[Row]) -> None:
    print(heading())
    for row in rows:
        print(line(row))
        for note in row.notes:
            print(f"        {note}")
        for problem in row.problems:
            print(f"        PROBLEM: {problem}")


def main(given: list[str]) -> int:
    options = _arguments(given)
    configure("faults", LogSettings(log_level="CRITICAL"))
    out = options.out or _OUT / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{options.size.name}.json"
    # An end that is asked for unwinds every `with`: servers, processes and folders go.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    rows: list[Row] = []
    began, interrupted = time.monotonic(), False
    try:
        _run(options.size, options.chosen, rows)
    except KeyboardInterrupt:
        interrupted = True
        _say("interrupted; everything is stopped")
    _print(rows)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures(options.size, rows), indent=1) + "\n")
    print(f"{len(rows)} experiments in {time.monotonic() - began:.0f} s; figures in {out}")
    if interrupted:
        return _LOST
    return 0 if rows and all(row.passed for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
