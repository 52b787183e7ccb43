"""What signs our webhooks, against the receiver's kit, the vectors' own signing, and both public libraries."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any, Final

import pytest
from standardwebhooks.webhooks import Webhook

from samples.webhook_signature import Reason, Unverified, Verifier
from shared.contracts.webhook_signature import header_of, new_secret, signature
from tests.contract.webhooks.vectors import FULL, ID, LARGE, MOMENT, NEW, OLD, THIN, UNICODE, headers_of, sign

if TYPE_CHECKING:
    from tests.contract.webhooks.conftest import Node

BODIES: Final = {"thin": THIN, "full": FULL, "unicode": UNICODE, "large": LARGE, "empty": b""}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_signature_is_the_one_that_others_make(body: bytes) -> None:
    assert signature(NEW, ID, MOMENT, body) == sign(NEW, ID, MOMENT, body)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_the_kit_and_the_public_python_library_take_it(body: bytes) -> None:
    secret, now = new_secret(), int(time.time())
    headers = headers_of(now, header_of([secret], ID, now, body))
    assert Verifier([secret]).verify(headers, body) == ID
    Webhook(secret).verify(body, headers, json_parse=False)


def test_the_public_javascript_library_takes_it(node: Node) -> None:
    secret = new_secret()
    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "now": MOMENT,
            "secrets": [secret],
            "headers": headers_of(MOMENT, header_of([secret], ID, MOMENT, body)),
            "body_base64": base64.b64encode(body).decode(),
        }
        for name, body in BODIES.items()
    ]
    answers = node("verify.js", {"verify": rows, "sign": []})["verify"]
    assert {answer["name"]: answer["accepted"] for answer in answers} == dict.fromkeys(BODIES, True)


def test_while_a_secret_is_rotated_either_receiver_takes_it() -> None:
    headers = headers_of(MOMENT, header_of([NEW, OLD], ID, MOMENT, THIN))
    for known in ([NEW], [OLD], [NEW, OLD]):
        assert Verifier(known).verify(headers, THIN, now=MOMENT) == ID
    with pytest.raises(Unverified) as refusal:
        Verifier([new_secret()]).verify(headers, THIN, now=MOMENT)
    assert refusal.value.reason is Reason.NO_MATCH
