"""The figures on the page are those of the run that lies beside it, and every experiment is among them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from tests.faults.catalogue import EXPERIMENTS
from tests.faults.table import markdown

DOCS: Final = Path(__file__).parents[2] / "docs"


def test_the_table_of_the_page_is_that_of_the_recorded_run() -> None:
    figures = json.loads((DOCS / "reliability.json").read_text(encoding="utf-8"))
    assert markdown(figures) in (DOCS / "reliability.md").read_text(encoding="utf-8")
    assert [each["id"] for each in figures["experiments"]] == list(EXPERIMENTS)
