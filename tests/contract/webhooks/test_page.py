"""The Python in docs/webhooks.md, run as it stands there against the vectors, and the times in its table."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.contract.webhooks.vectors import FILE, NEW, vectors

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE: Final = (FILE.parents[1] / "docs" / "webhooks.md").read_text(encoding="utf-8")
SECRET: Final = re.compile(r"whsec_[A-Za-z0-9+/]{20,}=*")
# The page's receiver has one secret. Where the public libraries differ, their own tests say how.
NAMES: Final = [vector.name for vector in vectors() if vector.secrets == (NEW,) and vector.libraries_agree]
UNITS: Final = {"s": "seconds", "min": "minutes", "h": "hours"}


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(found) == 2, "one with the public library, one without"
    assert all(len(SECRET.findall(block)) == 1 for block in found)
    return [SECRET.sub(NEW, block) for block in found]


@pytest.mark.parametrize("number", [0, 1])
def test_the_python_of_the_page_gives_the_verdicts(number: int) -> None:
    known: dict[str, Any] = {}
    exec(compile(blocks("python")[number], "docs/webhooks.md", "exec"), known)  # noqa: S102  (our own page)
    verified: Callable[[dict[str, str], bytes], bool] = known["verified"]
    now = int(time.time())
    by_name = {vector.name: vector for vector in vectors(now)}
    wrong = [name for name in NAMES if verified(by_name[name].headers, by_name[name].body) != by_name[name].valid]
    assert wrong == []


def duration(text: str) -> timedelta:
    parts = re.findall(r"(\d+) (s|min|h)\b", text)
    return timedelta(**{UNITS[unit]: int(number) for number, unit in parts})


def test_the_table_of_attempts_adds_up() -> None:
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, 11))
    total = timedelta()
    for _, pause, in_all in rows:
        total += duration(pause)
        rounded = total if total < timedelta(minutes=1) else total - timedelta(seconds=total.seconds % 60)
        assert duration(in_all) == rounded, pause
    assert total == timedelta(hours=75, minutes=35, seconds=5)
