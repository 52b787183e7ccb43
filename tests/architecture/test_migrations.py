"""Migrations keep nobody waiting: what takes a pass over a table that grows with cases is made without a lock on it.

What is there up to 0014 was released before. docs/upgrades.md says how to write one.
"""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.architecture.sources import ROOT

FIRST: Final = 15
FILES: Final = {
    path.name: path.read_text()
    for path in sorted((ROOT / "migrations" / "versions").glob("*.py"))
    if int(path.name[:4]) >= FIRST
}
# They have a row, or several, for each case.
GROWING: Final = "|".join(
    (
        *("access_log", "artifacts", "cases", "deliveries", "delivery_attempts", "events", "idempotency_records"),
        *("rerun_items", "results", "runs", "uploads"),
    )
)
FORBIDDEN: Final = {
    "an index that keeps writers out: CREATE INDEX CONCURRENTLY, in an autocommit block": (
        rf"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)\w+ ON (?:{GROWING})\b"
    ),
    "a check that reads every row under a lock: NOT VALID, and VALIDATE later": (
        rf"ALTER TABLE (?:{GROWING})\b[^;]*?ADD CONSTRAINT(?![^;]*NOT VALID)"
    ),
    "a pass over every row under a lock": rf"ALTER TABLE (?:{GROWING})\b[^;]*?(?:SET NOT NULL|ALTER COLUMN \w+ TYPE)",
    "a column whose default is reckoned for every row": (
        rf"ALTER TABLE (?:{GROWING})\b[^;]*?ADD COLUMN[^;]*?DEFAULT (?:now|gen_random_uuid|clock_timestamp|random)\("
    ),
    "a change of every row in one transaction": rf"\bUPDATE (?:{GROWING}) SET (?![^;]*WHERE)",
}


def upwards(text: str) -> str:
    """Return what is done on the way up, without comments: going back is for a quiet hour."""
    return re.sub(r"^\s*(?:--|#).*$", "", text.split("def downgrade", maxsplit=1)[0], flags=re.MULTILINE)


def faults(text: str) -> list[str]:
    """Return what of a migration would keep others waiting. Of a table that it makes itself nobody has rows yet."""
    own = set(re.findall(r"CREATE TABLE (\w+)", text))
    found = []
    for what, pattern in FORBIDDEN.items():
        for match in re.finditer(pattern, upwards(text)):
            tables = set(re.findall(rf"\b(?:{GROWING})\b", match[0]))
            if not tables <= own:
                found.append(f"{what}: {match[0][:80]}")
    return found


@pytest.mark.parametrize("name", FILES)
def test_it_keeps_nobody_waiting(name: str) -> None:
    assert faults(FILES[name]) == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX ix ON cases (id)",
        "CREATE UNIQUE INDEX ix ON runs (id)",
        "ALTER TABLE cases ADD CONSTRAINT c CHECK (state <> '')",
        "ALTER TABLE results ALTER COLUMN label SET NOT NULL",
        "ALTER TABLE events ADD COLUMN at timestamptz DEFAULT now()",
        "ALTER TABLE runs ALTER COLUMN id TYPE uuid",
        "UPDATE cases SET state = 'x'",
    ],
)
def test_what_would_is_seen(statement: str) -> None:
    assert len(faults(f'def upgrade():\n    op.execute("{statement}")\n')) == 1


def test_what_would_not_is_let_through() -> None:
    for statement in (
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix ON cases (id)",
        "ALTER TABLE cases ADD CONSTRAINT c CHECK (state <> '') NOT VALID",
        "ALTER TABLE cases VALIDATE CONSTRAINT c",
        "ALTER TABLE cases ADD COLUMN c text",
        "CREATE INDEX ix ON clinics (id)",
    ):
        assert faults(f'def upgrade():\n    op.execute("{statement}")\n') == []
