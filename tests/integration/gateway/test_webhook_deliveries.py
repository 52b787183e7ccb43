"""Deliveries over the API: what a clinic sees of them, and how it has them sent again. The test plays the notifier."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import redis
from sqlalchemy import Engine, text

from services.gateway.clinics.schemas import CreatedKey
from services.gateway.deliveries.service import CHUNK, MOST_AT_ONCE, RECOVER_DAYS, REPLAY_DAYS
from shared.contracts.enums import AttemptOutcome
from shared.contracts.ids import IdPrefix, new_id
from shared.contracts.tasks import QueueName
from shared.db import lifecycle
from shared.db.delivery_records import ClaimedDelivery, EndedAttempt
from shared.db.session import Database
from shared.settings import BrokerSettings
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.gateway.test_webhook_endpoints import PATH, create, every_verb

_EVENTS = text("""
INSERT INTO events (id, clinic_id, type, created_at, data)
SELECT 'evt_' || lpad(n::text, 26, '0'), :clinic, 'endpoint.disabled', now() - make_interval(hours => :hours), '{}'
FROM generate_series(:first, :last) n
""")


@pytest.fixture
def endpoint_id(client: httpx.Client) -> str:
    return str(create(client)["id"])


@pytest.fixture
def bell(broker_settings: BrokerSettings) -> Iterator[redis.Redis]:
    """The broker, with nothing in the notifier's queue."""
    broker = redis.Redis.from_url(broker_settings.redis_url.get_secret_value())
    broker.delete(QueueName.NOTIFIER)
    yield broker
    broker.close()


def heard(bell: redis.Redis) -> int:
    """Return how often the notifier's bell was rung since the last look."""
    count = bell.llen(QueueName.NOTIFIER)
    assert isinstance(count, int)
    bell.delete(QueueName.NOTIFIER)
    return count


def cancel_one(client: httpx.Client, seed: int = 0) -> str:
    """Submit a photo and take it back, so that there is an event that an endpoint hears of; return the case."""
    case_id = submit(client, jpeg(seed)).json()["id"]
    assert client.post(f"/v1/cases/{case_id}/cancel").status_code == 200
    return str(case_id)


def deliveries(client: httpx.Client, endpoint_id: str, **asked: Any) -> list[Any]:
    answer = client.get(f"{PATH}/{endpoint_id}/deliveries", params=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def claim(worker: Database) -> ClaimedDelivery:
    with worker.transaction() as session:
        (claimed,) = lifecycle.claim_deliveries(
            session, worker="test", limit=1, slow_limit=1, lease=timedelta(seconds=30)
        )
    return claimed


def end(worker: Database, claimed: ClaimedDelivery, status: int, retry_in_s: float | None = None) -> None:
    outcome = AttemptOutcome.DELIVERED if status == 200 else AttemptOutcome.REFUSED
    attempt = EndedAttempt(
        delivery_id=claimed.delivery_id,
        endpoint_id=claimed.endpoint_id,
        fence=claimed.fence,
        number=claimed.number,
        outcome=outcome,
        status=status,
        latency_ms=12,
        response="said <b>no</b>",
        retry_in_s=retry_in_s,
    )
    with worker.transaction() as session:
        assert lifecycle.record_attempts(session, [attempt]) == {claimed.delivery_id}


def happen(owner_engine: Engine, clinic_id: str | None, count: int, hours_ago: int = 1, first: int = 1) -> None:
    """Let events of endpoints happen, which need no case."""
    values = {"clinic": clinic_id, "hours": hours_ago, "first": first, "last": first + count - 1}
    with owner_engine.begin() as connection:
        connection.execute(_EVENTS, values)


def fail_all(owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE deliveries SET state = 'failed', finished_at = now(), attempts = 1"))


def ago(**period: float) -> str:
    return (datetime.now(UTC) - timedelta(**period)).isoformat()


def test_a_test_goes_to_the_endpoint_that_it_tests(
    client: httpx.Client, endpoint_id: str, worker_database: Database, bell: redis.Redis
) -> None:
    create(client, url="https://another.example/")
    client.patch(f"{PATH}/{endpoint_id}", json={"event_types": ["case.failed"]})
    answer = client.post(f"{PATH}/{endpoint_id}/test")
    delivery = answer.json()
    assert answer.status_code == 202
    assert (delivery["endpoint_id"], delivery["event_type"], delivery["state"]) == (
        endpoint_id,
        "endpoint.test",
        "pending",
    )
    assert (delivery["case_id"], delivery["version"], delivery["attempt_count"]) == (None, None, 0)
    assert heard(bell) == 1
    assert deliveries(client, endpoint_id) == [delivery]
    claimed = claim(worker_database)
    assert (claimed.delivery_id, claimed.event.id) == (delivery["id"], delivery["event_id"])


def test_the_log_of_a_delivery(
    client: httpx.Client, endpoint_id: str, worker_database: Database, bell: redis.Redis
) -> None:
    case_id = cancel_one(client)
    assert heard(bell) == 1
    (pending,) = deliveries(client, endpoint_id)
    assert (pending["event_type"], pending["case_id"], pending["version"]) == ("case.canceled", case_id, 2)
    assert pending["next_attempt_at"]
    path = f"/v1/deliveries/{pending['id']}"
    assert client.get(path).json() == {**pending, "attempts": []}

    first = claim(worker_database)
    sending = client.get(path).json()
    assert (sending["state"], sending["next_attempt_at"], sending["attempt_count"]) == ("sending", None, 1)
    (attempt,) = sending["attempts"]
    assert attempt.pop("started_at")
    assert attempt == {"number": 1, "outcome": None, "status": None, "latency_ms": None, "response": None}

    end(worker_database, first, 500, retry_in_s=0)
    end(worker_database, claim(worker_database), 200)
    done = client.get(path).json()
    assert (done["state"], done["next_attempt_at"], done["attempt_count"]) == ("delivered", None, 2)
    assert done["finished_at"]
    told = [(each["number"], each["outcome"], each["status"], each["latency_ms"]) for each in done["attempts"]]
    assert told == [(1, "refused", 500, 12), (2, "delivered", 200, 12)]
    assert done["attempts"][0]["response"] == "said <b>no</b>"
    assert client.get(f"{PATH}/{endpoint_id}").json()["last_success_at"]


def test_redelivery_keeps_the_event_and_begins_the_schedule_anew(
    client: httpx.Client, endpoint_id: str, worker_database: Database, bell: redis.Redis
) -> None:
    cancel_one(client)
    (delivery,) = deliveries(client, endpoint_id)
    path = f"/v1/deliveries/{delivery['id']}"

    def refused() -> str:
        answer = client.post(f"{path}/redeliver")
        assert answer.status_code == 409
        return str(answer.json()["code"])

    assert refused() == "delivery_under_way"
    claimed = claim(worker_database)
    assert refused() == "delivery_under_way"
    end(worker_database, claimed, 404)
    assert client.get(path).json()["state"] == "failed"
    client.post(f"{PATH}/{endpoint_id}/disable")
    assert refused() == "endpoint_disabled"
    client.post(f"{PATH}/{endpoint_id}/enable")
    heard(bell)

    answer = client.post(f"{path}/redeliver")
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert answer.json()["finished_at"] is None
    assert heard(bell) == 1
    again = claim(worker_database)
    assert (again.event.id, again.number, again.tries) == (claimed.event.id, 2, 1)
    end(worker_database, again, 200)
    assert client.post(f"{path}/redeliver").status_code == 202
    assert len(client.get(path).json()["attempts"]) == 2


def test_page_by_page_and_by_state(
    client: httpx.Client, clinic: CreatedKey, endpoint_id: str, owner_engine: Engine, worker_database: Database
) -> None:
    happen(owner_engine, clinic.clinic_id, 7)
    everything = deliveries(client, endpoint_id)
    assert len(everything) == 7
    assert [each["id"] for each in everything] == sorted((each["id"] for each in everything), reverse=True)
    answer = client.get(f"{PATH}/{endpoint_id}/deliveries", params={"limit": 3})
    seen = answer.json()["items"]
    while "next" in answer.links:
        answer = client.get(answer.links["next"]["url"])
        seen += answer.json()["items"]
    assert seen == everything
    assert answer.json()["next_cursor"] is None

    end(worker_database, claim(worker_database), 404)
    assert len(deliveries(client, endpoint_id, state="failed")) == 1
    assert len(deliveries(client, endpoint_id, state="pending")) == 6
    cursor = client.get(f"{PATH}/{endpoint_id}/deliveries", params={"limit": 3}).json()["next_cursor"]
    other = create(client)["id"]
    for where, asked in (
        (endpoint_id, {"cursor": cursor, "state": "failed"}),
        (other, {"cursor": cursor}),
        (endpoint_id, {"cursor": "x"}),
        (endpoint_id, {"state": "gone"}),
        (endpoint_id, {"limit": "101"}),
        (endpoint_id, {"status": "failed"}),
    ):
        answer = client.get(f"{PATH}/{where}/deliveries", params=asked)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation"), asked


def test_recovering_sends_again_what_failed_in_a_time(
    client: httpx.Client, clinic: CreatedKey, endpoint_id: str, owner_engine: Engine, bell: redis.Redis
) -> None:
    other = create(client)["id"]
    happen(owner_engine, clinic.clinic_id, 3, hours_ago=30)
    happen(owner_engine, clinic.clinic_id, 2, hours_ago=2, first=10)
    fail_all(owner_engine)
    happen(owner_engine, clinic.clinic_id, 4, hours_ago=1, first=20)
    path = f"{PATH}/{endpoint_id}/recover"
    answer = client.post(path, json={"since": ago(hours=31), "until": ago(hours=29)})
    assert (answer.status_code, answer.json()) == (202, {"count": 3, "more": False})
    assert heard(bell) == 1
    assert client.post(path, json={"since": ago(days=14)}).json() == {"count": 2, "more": False}
    assert client.post(path, json={"since": ago(days=14)}).json() == {"count": 0, "more": False}
    assert heard(bell) == 1
    assert {each["state"] for each in deliveries(client, endpoint_id)} == {"pending"}
    assert len(deliveries(client, other, state="failed")) == 5


def test_recovering_goes_beyond_one_piece(
    client: httpx.Client, clinic: CreatedKey, endpoint_id: str, owner_engine: Engine
) -> None:
    happen(owner_engine, clinic.clinic_id, CHUNK + 50)
    fail_all(owner_engine)
    answer = client.post(f"{PATH}/{endpoint_id}/recover", json={"since": ago(hours=2)})
    assert answer.json() == {"count": CHUNK + 50, "more": False}
    assert deliveries(client, endpoint_id, state="failed") == []


def test_what_happened_while_the_endpoint_was_off_is_replayed(
    client: httpx.Client, clinic: CreatedKey, endpoint_id: str, owner_engine: Engine, bell: redis.Redis
) -> None:
    happen(owner_engine, clinic.clinic_id, 1, hours_ago=5)
    client.post(f"{PATH}/{endpoint_id}/disable")
    happen(owner_engine, clinic.clinic_id, 3, hours_ago=2, first=10)
    client.post(f"{PATH}/{endpoint_id}/enable")
    assert len(deliveries(client, endpoint_id)) == 1
    path = f"{PATH}/{endpoint_id}/replay-missing"
    assert client.post(path, json={"since": ago(hours=1)}).json() == {"count": 0, "more": False}
    heard(bell)
    answer = client.post(path, json={"since": ago(days=30)})
    assert (answer.status_code, answer.json()) == (202, {"count": 3, "more": False})
    assert heard(bell) == 1
    assert len(deliveries(client, endpoint_id)) == 4


def test_so_many_in_a_call_and_the_rest_in_the_next(
    client: httpx.Client, clinic: CreatedKey, owner_engine: Engine
) -> None:
    happen(owner_engine, clinic.clinic_id, MOST_AT_ONCE + 5)
    path = f"{PATH}/{create(client)['id']}/replay-missing"
    assert client.post(path, json={"since": ago(hours=2)}).json() == {"count": MOST_AT_ONCE, "more": True}
    assert client.post(path, json={"since": ago(hours=2)}).json() == {"count": 5, "more": False}


@pytest.mark.parametrize("call", ["recover", "replay-missing"])
def test_periods_that_do_not_fit(client: httpx.Client, endpoint_id: str, call: str) -> None:
    days = RECOVER_DAYS if call == "recover" else REPLAY_DAYS
    lately = ago(minutes=1)
    for body, code in (
        ({"since": ago(days=days, minutes=5)}, "too_long_ago"),
        ({"since": ago(minutes=1), "until": ago(minutes=-5)}, "in_the_future"),
        ({"since": lately, "until": lately}, "empty_period"),
        ({"since": ago(minutes=1), "until": ago(minutes=2)}, "empty_period"),
        ({"since": ago(minutes=-5)}, "empty_period"),
        ({"since": "2026-01-01T00:00:00"}, "timezone_aware"),
        ({}, "missing"),
        ({"since": ago(minutes=1), "state": "failed"}, "extra_forbidden"),
    ):
        answer = client.post(f"{PATH}/{endpoint_id}/{call}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation"), body
        assert code in {each["code"] for each in answer.json()["errors"]}, answer.text


def test_nothing_is_sent_by_hand_to_an_endpoint_that_is_off(
    client: httpx.Client, endpoint_id: str, owner_engine: Engine
) -> None:
    client.post(f"{PATH}/{endpoint_id}/disable")
    for call, body in (
        ("test", None),
        ("recover", {"since": ago(hours=1)}),
        ("replay-missing", {"since": ago(hours=1)}),
    ):
        answer = client.post(f"{PATH}/{endpoint_id}/{call}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "endpoint_disabled"), call
    with owner_engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM events")).scalar() == 0


def test_another_clinics_deliveries_are_not_there(
    client: httpx.Client, stranger_client: httpx.Client, endpoint_id: str, worker_database: Database
) -> None:
    delivery_id = client.post(f"{PATH}/{endpoint_id}/test").json()["id"]
    end(worker_database, claim(worker_database), 404)
    for caller, name in ((stranger_client, delivery_id), (client, new_id(IdPrefix.DELIVERY))):
        for method, path in (("GET", f"/v1/deliveries/{name}"), ("POST", f"/v1/deliveries/{name}/redeliver")):
            answer = caller.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    assert client.get(f"/v1/deliveries/{delivery_id}").json()["state"] == "failed"


def test_of_a_deleted_endpoint_the_log_stays_and_nothing_is_sent(
    client: httpx.Client, endpoint_id: str, worker_database: Database
) -> None:
    delivery_id = client.post(f"{PATH}/{endpoint_id}/test").json()["id"]
    end(worker_database, claim(worker_database), 404)
    client.delete(f"{PATH}/{endpoint_id}")
    assert client.get(f"/v1/deliveries/{delivery_id}").json()["state"] == "failed"
    answer = client.post(f"/v1/deliveries/{delivery_id}/redeliver")
    assert (answer.status_code, answer.json()["code"]) == (409, "endpoint_disabled")
    for method, path, body in every_verb(endpoint_id):
        assert client.request(method, path, json=body).status_code == 404, path
