"""docs/asvs.md speaks of every requirement of levels 1 and 2 once, and whatever is met says what shows it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from tests.architecture.sources import ROOT

PAGE: Final = (ROOT / "docs" / "asvs.md").read_text()
# How many requirements of levels 1 and 2 each section of version 5.0.0 has; they are numbered from 1. 253 in all.
SECTIONS: Final = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4,
    "17.3": 2,
}  # fmt: skip
EVERY: Final = [f"{section}.{number}" for section, count in SECTIONS.items() for number in range(1, count + 1)]
STATES: Final = {"met", "met in part", "n/a", "proxy", "operator", "not yet", "not as asked"}


def expanded(cell: str) -> list[str]:
    """Return the numbers that a cell names: `1.1.1, 1.2.6 to 1.2.8`."""
    found: list[str] = []
    for part in cell.split(","):
        first, _, last = part.strip().partition(" to ")
        found += EVERY[EVERY.index(first) : EVERY.index(last or first) + 1]
    return found


def rows() -> list[tuple[str, str, str, str]]:
    cells = [
        tuple(cell.strip() for cell in line.strip("|").split("|")) for line in PAGE.splitlines() if line[:1] == "|"
    ]
    return [(row[0], row[1], row[2], row[3]) for row in cells if re.match(r"\d", row[0])]


def test_every_requirement_of_both_levels_is_spoken_of_once() -> None:
    (named,) = re.findall(r"does not apply", PAGE)
    assert named
    spoken = Counter(number for row in rows() for number in expanded(row[0]))
    spoken.update(expanded("17.1.1 to 17.3.2"))
    assert {number: spoken[number] for number in EVERY if spoken[number] != 1} == {}
    assert len(EVERY) == 253


def test_each_has_a_state_and_what_is_met_says_what_shows_it() -> None:
    found = rows()
    assert len(found) > 80
    assert {row[2] for row in found} <= STATES
    assert [row[0] for row in found if row[2] == "met" and not row[3]] == []
    assert [row[0] for row in found if not row[1]] == []
