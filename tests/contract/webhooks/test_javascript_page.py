"""The JavaScript in docs/webhooks.md, run as it stands there against the vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.contract.webhooks.test_page import NAMES, blocks
from tests.contract.webhooks.vectors import NEW, vectors

if TYPE_CHECKING:
    from tests.contract.webhooks.conftest import Node

HARNESS: Final = """
import { readFileSync, writeSync } from "node:fs";
const answers = JSON.parse(readFileSync(0, "utf-8")).map((vector) => {
  Date.now = () => vector.now * 1000;
  const headers = Object.fromEntries(Object.entries(vector.headers).map(([name, text]) => [name.toLowerCase(), text]));
  return [vector.name, verified(headers, Buffer.from(vector.body_base64, "base64"))];
});
writeSync(1, JSON.stringify(answers));
"""


@pytest.mark.parametrize("number", [0, 1])
def test_the_javascript_of_the_page_gives_the_verdicts(node: Node, number: int) -> None:
    rows = [vector.row() for vector in vectors() if vector.name in NAMES]
    answers = dict(node(blocks("js")[number] + HARNESS, rows))
    assert answers == {row["name"]: row["valid"] for row in rows}


def test_what_needs_no_library_is_as_strict_as_the_kit(node: Node) -> None:
    rows = [vector.row() for vector in vectors() if vector.secrets == (NEW,)]
    answers = dict(node(blocks("js")[1] + HARNESS, rows))
    assert answers == {row["name"]: row["valid"] for row in rows}
