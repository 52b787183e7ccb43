"""docs/runbook.md names commands, metrics, settings and buttons that there are: it is read in a hurry."""

from __future__ import annotations

import re
from typing import Final

from tests.architecture.sources import ROOT
from tests.architecture.test_monitoring import METRICS, RULES

PAGE: Final = (ROOT / "docs" / "runbook.md").read_text()
TEMPLATES: Final = "\n".join(
    path.read_text() for path in sorted((ROOT / "services" / "gateway" / "console" / "templates").glob("*.html"))
)
# Words in capitals that are no setting: arguments of `make`.
ARGUMENTS: Final = {"ACTIVATE", "FROM", "TO", "LEDGER", "REPLACE", "CHANGE", "RETENTION_DAYS", "ROTATE", "REVOKE"}


def test_every_target_of_make_is_there() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z][a-z-]+)\b", PAGE)) - {"room"}
    assert len(named) > 5
    assert named - targets == set()


def test_every_metric_is_there() -> None:
    named = set(re.findall(r"lesionlens_[a-z_]+", PAGE))
    assert len(named) > 5
    assert named - set(METRICS) == set()


def test_every_setting_is_there() -> None:
    known = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    named = set(re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`", PAGE))
    assert len(named) > 3
    assert named - known - ARGUMENTS == set()


def test_every_button_is_on_a_page_of_the_console() -> None:
    named = set(re.findall(r"(?<!\*)\*([A-Z][^*(]{3,60})\*(?!\*)", PAGE)) - {"Now"}
    assert len(named) > 10
    assert {name for name in named if name.lower() not in TEMPLATES.lower()} == set()


def test_every_part_of_the_page_is_led_to() -> None:
    """By an alert, or it is something that an operator sets out to do."""
    headings = {
        re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    }
    alerted = {rule["annotations"]["runbook"].partition("#")[2] for rule in RULES}
    jobs = {"the-disk-is-full", "a-clinics-endpoint-fails", "roll-back-a-model", "restore-from-a-backup", "rotate-keys"}
    assert headings - alerted - jobs == set()
    assert alerted - headings == set()
    assert set(re.findall(r"\]\(#([a-z0-9-]+)\)", PAGE)) - headings == set()
