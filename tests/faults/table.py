"""`python -m tests.faults.table FIGURES.json`: the figures of a run as the table of docs/reliability.md."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

_HEAD = (
    "| | experiment | kills | submitted | lost | published twice | exhausted | stuck | p99 recovery | |",
    "|---|---|---:|---:|---:|---:|---:|---:|---:|---|",
)


def markdown(figures: dict[str, Any]) -> str:
    """Return the table, with a line above it that says when, how large and where."""
    date, size, machine = figures["date"], figures["size"], figures["machine"]
    load = figures["load_average"][2]
    above = f"Run of {date}, size `{size}`, {machine}; 15-minute load average {load:.1f} at its end."
    return "\n".join([above, "", *_HEAD, *(_line(each) for each in figures["experiments"])])


def _line(row: dict[str, Any]) -> str:
    recovery = "" if row["recovery_s"] is None else f"{row['recovery_s']:.1f} s"
    numbers = [row[name] for name in ("kills", "submitted", "lost", "twice", "exhausted", "stuck")]
    cells = [row["id"], row["title"], *numbers, recovery, "pass" if row["passed"] else "FAIL"]
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


if __name__ == "__main__":
    print(markdown(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
