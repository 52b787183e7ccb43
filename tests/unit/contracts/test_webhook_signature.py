"""Signatures as others make and check them: a published vector, and the public library in both directions."""

import base64
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from shared.contracts.webhook_signature import header_of, new_secret, signature

BODY = '{"type":"case.completed","data":{"text":"Größe ✓"}}'.encode()


def headers(secrets: list[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": header_of(secrets, message_id, timestamp, body),
    }


def test_the_vector_of_the_specifications_libraries() -> None:
    made = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_32_random_bytes() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) for secret in made} == {32}


def test_the_public_library_makes_the_same_signature() -> None:
    now = datetime(2026, 11, 25, 12, 0, 1, tzinfo=UTC)
    for _ in range(50):
        secret = new_secret()
        theirs = Webhook(secret).sign("evt_1", now, BODY.decode())
        assert signature(secret, "evt_1", int(now.timestamp()), BODY) == theirs


def test_the_public_library_verifies_by_the_old_and_by_the_new_secret() -> None:
    new, old = new_secret(), new_secret()
    now = int(datetime.now(UTC).timestamp())
    sent = headers([new, old], "evt_1", now, BODY)
    assert sent["webhook-signature"].split(" ")[0] == signature(new, "evt_1", now, BODY)
    for secret in (new, old):
        Webhook(secret).verify(BODY, sent)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, sent)


@pytest.mark.parametrize("changed", ["id", "timestamp", "body"])
def test_all_three_parts_are_signed(changed: str) -> None:
    secret, now = new_secret(), int(datetime.now(UTC).timestamp())
    sent = headers([secret], "evt_1", now, BODY)
    if changed == "id":
        sent["webhook-id"] = "evt_2"
    if changed == "timestamp":
        sent["webhook-timestamp"] = str(now - 1)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY + b" " if changed == "body" else BODY, sent)


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_short", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "!" * 43, "whsec_" + "A" * 100],
)
def test_what_is_no_secret_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="not a webhook secret") as error:
        signature(secret, "evt_1", 1, b"")
    assert len(secret) < 10 or secret not in str(error.value)


def test_nothing_is_sent_unsigned() -> None:
    with pytest.raises(ValueError, match="without a secret"):
        header_of([], "evt_1", 1, b"")
