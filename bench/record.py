"""The figures of a run as a file, with the day, the machine and how busy it was. Quick runs are kept apart."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench import machine

FOLDER: Final = Path(__file__).parent / "results"

Figures = dict[str, Any]


def begin(*, quick: bool) -> Figures:
    """What is known before the first measurement."""
    return {"date": f"{datetime.now(UTC):%Y-%m-%d}", "quick": quick, "machine": machine.facts(), "load": machine.load()}


def save(name: str, figures: Figures) -> Path:
    """Write `bench/results/NAME.json`, or `quick-NAME.json`, which git ignores."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{'quick-' if figures['quick'] else ''}{name}.json"
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return path


def read(name: str) -> Figures | None:
    """The figures of the last whole run; None before the first."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        return None
    figures: Figures = json.loads(path.read_text(encoding="utf-8"))
    return figures
