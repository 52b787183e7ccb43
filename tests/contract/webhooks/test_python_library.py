"""Signatures against the public Python library, both ways.

It takes the time from the clock, so each vector is made for the very moment it is verified at. For a malformed header
it raises ValueError rather than its own error.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from samples.webhook_signature import Verifier
from tests.contract.webhooks.vectors import ID, headers_of, sign, vectors

if TYPE_CHECKING:
    from tests.contract.webhooks.vectors import Vector

NAMES: Final = [vector.name for vector in vectors()]
DIFFERS: Final = {
    "a body that is not UTF-8": "it decodes the body before it verifies",
    "a part without a comma beside the right signature": "it unpacks every part into two",
    "a fraction added to the time": "it reads the time as a float and rounds down",
    "a full stop in the id": "it takes any id",
}


def fresh(name: str) -> Vector:
    return next(vector for vector in vectors(int(time.time())) if vector.name == name)


def accepts(secret: str, vector: Vector) -> bool:
    try:
        Webhook(secret).verify(vector.body, vector.headers, json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
def test_the_library_gives_the_verdict_of_the_vector(name: str) -> None:
    vector = fresh(name)
    accepted = any(accepts(secret, vector) for secret in vector.secrets)
    assert accepted == (vector.valid != (name in DIFFERS)), DIFFERS.get(name)


def test_the_vectors_say_where_the_library_differs() -> None:
    assert {vector.name for vector in vectors() if not vector.libraries_agree} >= set(DIFFERS)


@pytest.mark.parametrize("name", [vector.name for vector in vectors() if vector.valid and vector.name not in DIFFERS])
def test_what_the_library_signs_is_the_same_and_verifies_here(name: str) -> None:
    vector = fresh(name)
    now = int(time.time())
    # In UTC and no other zone: it would sign the time of day of another zone as if it were UTC.
    moment = datetime.fromtimestamp(now, tz=UTC)
    signature = Webhook(vector.secrets[0]).sign(ID, moment, vector.body.decode())
    assert signature == sign(vector.secrets[0], ID, now, vector.body)
    assert Verifier(vector.secrets).verify(headers_of(now, signature), vector.body) == ID
