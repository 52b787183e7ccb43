"""What arrives is verified by the public library, with each secret that is valid (R11, R12)."""

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.notifier.delivery import Sender
from shared.contracts.webhook_signature import new_secret
from tests.integration.notifier.conftest import BODY, message
from tests.integration.notifier.receivers import Receiver, Seen


def received(sender: Sender, *secrets: str) -> Seen:
    with Receiver() as receiver:
        assert sender.send(message(receiver.url, *secrets)).status == 200
    (seen,) = receiver.requests
    return seen


def test_it_verifies(sender: Sender) -> None:
    secret = new_secret()
    seen = received(sender, secret)
    assert Webhook(secret).verify(seen.body, seen.headers) == {"type": "case.completed", "data": {"event_id": "evt_1"}}
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(seen.body, seen.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY + b" ", seen.headers)


def test_it_verifies_by_both_secrets_while_they_overlap(sender: Sender) -> None:
    new, old = new_secret(), new_secret()
    seen = received(sender, new, old)
    assert seen.headers["webhook-signature"].count("v1,") == 2
    for secret in (new, old):
        Webhook(secret).verify(seen.body, seen.headers)
