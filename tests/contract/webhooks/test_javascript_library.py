"""Signatures against the public JavaScript library, both ways: the committed file, as a clinic's developer has it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from samples.webhook_signature import Verifier
from tests.contract.webhooks.vectors import FILE, ID, MOMENT, headers_of, sign, vectors

if TYPE_CHECKING:
    from tests.contract.webhooks.conftest import Node

VECTORS: Final = {vector.name: vector for vector in vectors()}
DIFFERS: Final = {
    "a body that is not UTF-8": "it makes text of the body before it verifies",
    "a fraction added to the time": "it reads digits as far as they go",
    "a full stop in the id": "it takes any id",
}
SIGNED: Final = [vector for vector in VECTORS.values() if vector.valid and vector.name not in DIFFERS]


@pytest.fixture(scope="module")
def answers(node: Node) -> dict[str, Any]:
    rows = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]
    wishes = [
        {
            "secret": vector.secrets[0],
            "id": ID,
            "timestamp": MOMENT,
            "body_base64": base64.b64encode(vector.body).decode(),
        }
        for vector in SIGNED
    ]
    found: dict[str, Any] = node("verify.js", {"verify": rows, "sign": wishes})
    return found


@pytest.mark.parametrize("name", VECTORS)
def test_the_library_gives_the_verdict_of_the_vector(answers: dict[str, Any], name: str) -> None:
    answer = next(answer for answer in answers["verify"] if answer["name"] == name)
    assert answer["accepted"] == (VECTORS[name].valid != (name in DIFFERS)), DIFFERS.get(name, answer["said"])


def test_the_vectors_say_where_the_library_differs() -> None:
    assert {vector.name for vector in VECTORS.values() if not vector.libraries_agree} >= set(DIFFERS)


def test_what_the_library_signs_is_the_same_and_verifies_here(answers: dict[str, Any]) -> None:
    assert len(answers["sign"]) == len(SIGNED)
    for vector, signature in zip(SIGNED, answers["sign"], strict=True):
        assert signature == sign(vector.secrets[0], ID, MOMENT, vector.body), vector.name
        headers = headers_of(MOMENT, signature)
        assert Verifier(vector.secrets).verify(headers, vector.body, now=MOMENT) == ID
