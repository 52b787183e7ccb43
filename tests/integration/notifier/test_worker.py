"""The real notifier: Celery, a fork, deliveries from Postgres and receivers on loopback."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select, update
from standardwebhooks import Webhook, WebhookVerificationError

from services.maintenance.sweeps import Sweeps
from services.notifier.rotate_secrets import rotate
from services.notifier.settings import NotifierSettings
from services.standalone.ports import free_port
from shared.contracts.enums import AttemptOutcome, DeliveryState
from shared.contracts.ids import IdPrefix, new_id
from shared.contracts.tasks import TaskName
from shared.contracts.webhook_signature import new_secret
from shared.db.models import Delivery, DeliveryAttempt, WebhookSecret, Worker
from shared.db.session import Database
from shared.errors import SecretUnreadable
from shared.queue.publish import Doorbell
from shared.sealing import SecretBox
from shared.settings import BrokerSettings
from tests.integration.notifier.practice import Notifier, Practice
from tests.integration.notifier.receivers import Receiver, Seen, answer, drip, reset, stall, until
from tests.integration.records import add_clinic
from tests.integration.shared.webhook_rows import deliveries, endpoint_row

Start = Callable[..., Notifier]


@pytest.fixture
def practice(gateway_database: Database, worker_database: Database) -> Practice:
    with gateway_database.transaction() as session:
        clinic = add_clinic(session)
    return Practice(gateway_database, worker_database, clinic)


@pytest.fixture
def start(practice: Practice, database_url: str, broker_settings: BrokerSettings) -> Iterator[Start]:
    started: list[Notifier] = []

    def begin(*, redis_url: str | None = None, poll_interval_s: float = 60, **more: str) -> Notifier:
        notifier = Notifier(
            {
                "DATABASE_URL": database_url,
                "REDIS_URL": redis_url or broker_settings.redis_url.get_secret_value(),
                "SECRETS_KEYS": practice.key,
                "WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
                "PUBLIC_URL": "https://lesionlens.example",
                "POLL_INTERVAL_S": str(poll_interval_s),
                **more,
            }
        )
        started.append(notifier)
        until(lambda: bool(notifier.events("ready")) or notifier.process.poll() is not None, 60)
        assert notifier.process.poll() is None, "".join(notifier.lines)
        return notifier

    yield begin
    for notifier in started:
        if notifier.process.poll() is None:
            notifier.kill()


@pytest.fixture
def ring(broker_settings: BrokerSettings) -> Iterator[Callable[[], bool]]:
    doorbell = Doorbell(broker_settings)
    yield lambda: doorbell.ring(TaskName.NOTIFIER_DRAIN)
    doorbell.close()


def test_a_doorbell_brings_it_and_sigterm_ends_the_notifier(
    practice: Practice, start: Start, ring: Callable[[], bool]
) -> None:
    with Receiver() as receiver:
        endpoint = practice.endpoint(receiver.url)
        notifier = start()
        events = practice.happen(3)
        assert ring()
        until(lambda: practice.delivered(endpoint, 3), 60)
        with practice.worker.transaction() as session:
            assert session.scalars(select(Worker.service)).all() == ["notifier"]
        assert notifier.end() == 0
    told = [practice.verify(endpoint, seen) for seen in receiver.requests]
    assert sorted(body["data"]["event_id"] for body in told) == sorted(events)
    assert {body["type"] for body in told} == {"endpoint.disabled"}
    assert [seen.headers["webhook-id"] for seen in receiver.requests] == [body["data"]["event_id"] for body in told]
    assert len(notifier.events("attempt_ended")) == 3
    with practice.worker.transaction() as session:
        assert session.scalars(select(Worker.id)).all() == []


def test_without_a_broker_the_timer_finds_it(practice: Practice, start: Start) -> None:
    with Receiver() as receiver:
        endpoint = practice.endpoint(receiver.url)
        start(redis_url=f"redis://127.0.0.1:{free_port()}/0", poll_interval_s=0.2)
        practice.happen(1)
        until(lambda: practice.delivered(endpoint, 1), 60)


def test_a_killed_notifiers_deliveries_are_sent_again_with_the_same_id(
    practice: Practice, start: Start, broker_settings: BrokerSettings
) -> None:
    """SIGKILL with requests under way, again and again: each event arrives once or more, none is lost."""
    sweeps = Sweeps(practice.worker, Doorbell(broker_settings), lambda: True)
    count = 200
    with Receiver([answer(after_s=0.02)]) as receiver:
        endpoint = practice.endpoint(receiver.url)
        events = practice.happen(count)
        quick = {"poll_interval_s": 0.1, "WEBHOOK_TIMEOUT_S": "2"}
        for killed_after in (20, 60, 120):
            notifier = start(**quick)
            until(lambda: len(receiver.requests) >= killed_after, 30)  # noqa: B023 - used at once
            notifier.kill()
            free_all(practice)
            sweeps.deliveries()
        start(**quick)
        until(lambda: practice.delivered(endpoint, count), 60)
    came = Counter(seen.headers["webhook-id"] for seen in receiver.requests)
    assert set(came) == set(events)
    assert sum(came.values()) < count + 3 * 16, "only what was under way is sent again"
    with practice.worker.transaction() as session:
        lost = session.scalars(select(DeliveryAttempt.outcome).where(DeliveryAttempt.outcome == "lost")).all()
    assert 1 <= len(lost) <= 3 * 16


def free_all(practice: Practice) -> None:
    """Let the leases of the killed one be over, without waiting for it."""
    with practice.worker.transaction() as session:
        session.execute(
            update(Delivery).where(Delivery.state == DeliveryState.SENDING).values(lease_until=Delivery.created_at)
        )


def test_bad_receivers_do_not_keep_a_good_one_waiting(practice: Practice, start: Start) -> None:
    """Those that stall, drip, reset and refuse have far more due than there are slots."""
    with (
        Receiver([stall]) as stalling,
        Receiver([drip(b"HTTP/1.1 200 OK\r\n" + b"x-pad: 1\r\n" * 2000)]) as dripping,
        Receiver([reset]) as resetting,
        Receiver([answer(500)]) as refusing,
        Receiver() as good,
    ):
        bad = [practice.endpoint(each.url) for each in (stalling, dripping, resetting, refusing)]
        mine = practice.endpoint(good.url)
        practice.happen(60)
        began = time.monotonic()
        start(poll_interval_s=0.2, WEBHOOK_TIMEOUT_S="3", WEBHOOK_CONNECT_TIMEOUT_S="1")
        until(lambda: practice.delivered(mine, 60), 30)
        took = time.monotonic() - began
        slow = [practice.states(endpoint)[DeliveryState.DELIVERED] for endpoint in bad]
        until(lambda: endpoint_row(practice.worker, bad[0]).timed_out, 10)
    assert slow == [0, 0, 0, 0]
    # One after the other, 60 stalled ones alone would take 90 s with the two that an endpoint may have in flight.
    assert took < 30


def test_rotated_secrets_overlap_under_load(practice: Practice, start: Start) -> None:
    with Receiver([answer(after_s=0.01)]) as receiver:
        endpoint = practice.endpoint(receiver.url)
        old = practice.secret_of[endpoint]
        start(poll_interval_s=0.1)
        stop = threading.Event()

        def happen() -> None:
            while not stop.wait(0.05):
                practice.happen(5)

        load = threading.Thread(target=happen)
        load.start()
        until(lambda: len(receiver.requests) > 20, 60)
        new = add_secret(practice, endpoint)
        until(lambda: any(verifies(new, seen) for seen in list(receiver.requests)), 60)
        stop.set()
        load.join()
        until(lambda: set(practice.states(endpoint)) == {DeliveryState.DELIVERED}, 30)
    assert all(verifies(old, seen) for seen in receiver.requests)
    assert not verifies(new, receiver.requests[0])
    assert verifies(new, receiver.requests[-1])


def add_secret(practice: Practice, endpoint: str) -> str:
    """As the gateway rotates: the new secret is the current one, the old one signs beside it for an hour."""
    secret = new_secret()
    with practice.worker.transaction() as session:
        mine = WebhookSecret.endpoint_id == endpoint
        session.execute(update(WebhookSecret).where(mine).values(expires_at=datetime.now(UTC) + timedelta(hours=1)))
    with practice.gateway.transaction(practice.clinic) as session:
        sealed = SecretBox([practice.key]).seal(secret)
        row = WebhookSecret(
            id=new_id(IdPrefix.SECRET), endpoint_id=endpoint, clinic_id=practice.clinic, ciphertext=sealed
        )
        session.add(row)
    return secret


def verifies(secret: str, seen: Seen) -> bool:
    try:
        Webhook(secret).verify(seen.body, seen.headers)
    except WebhookVerificationError:
        return False
    return True


def test_nothing_goes_out_unsigned_where_no_key_fits(practice: Practice, start: Start) -> None:
    with Receiver() as receiver:
        endpoint = practice.endpoint(receiver.url)
        practice.happen(1)
        notifier = start(poll_interval_s=0.2, SECRETS_KEYS=Fernet.generate_key().decode())
        until(lambda: bool(notifier.events("attempt_ended")), 60)
    assert receiver.connections == 0
    (row,) = deliveries(practice.worker, endpoint)
    assert (row.state, row.attempts) == (DeliveryState.PENDING, 1)
    with practice.worker.transaction() as session:
        assert session.scalars(select(DeliveryAttempt.outcome)).all() == [AttemptOutcome.NOT_SENT]
    assert practice.key not in "".join(notifier.lines)


def test_secrets_move_to_a_new_key_and_the_old_one_can_go(practice: Practice) -> None:
    endpoints = [practice.endpoint("https://clinic.example/") for _ in range(3)]
    new = Fernet.generate_key().decode()
    assert rotate(practice.worker, SecretBox([new, practice.key])) == 3
    alone = SecretBox([new])
    with practice.worker.transaction() as session:
        rows = session.execute(select(WebhookSecret.endpoint_id, WebhookSecret.ciphertext)).all()
    assert {row.endpoint_id: alone.open(row.ciphertext) for row in rows} == practice.secret_of
    assert set(practice.secret_of) == set(endpoints)
    with pytest.raises(SecretUnreadable):
        rotate(practice.worker, SecretBox([practice.key]))


def test_settings_never_show_keys() -> None:
    key = Fernet.generate_key().decode()
    settings = NotifierSettings(
        database_url=SecretStr("postgresql://x"), redis_url=SecretStr("redis://x"), secrets_keys=SecretStr(key)
    )
    assert key not in repr(settings)
