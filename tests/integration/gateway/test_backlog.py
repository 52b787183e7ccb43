"""Back-pressure, estimates and the operator's view of queue and workers, on a real record."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import Engine, text

from services.gateway.backlog import repository
from services.gateway.backlog.service import Snapshot
from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CreatedKey
from services.gateway.settings import GatewaySettings
from shared.db import lifecycle
from shared.db.models import Worker
from shared.db.session import Database
from shared.storage.s3 import S3Store
from tests.integration.gateway.conftest import client_of, serving
from tests.integration.gateway.photos import jpeg
from tests.integration.records import accept, claim


def post(client: httpx.Client) -> httpx.Response:
    return client.post("/v1/cases", files={"image": ("x.jpg", jpeg(), "image/jpeg")})


@pytest.fixture
def slow_pace(
    gateway_database: Database, worker_database: Database, clinic: CreatedKey, model_id: str, owner_engine: Engine
) -> None:
    """One run ended in the last minute, nine wait since a while: ten seconds for the next photo."""
    assert clinic.clinic_id is not None
    for _ in range(10):
        accept(gateway_database, clinic.clinic_id, model_id)
    (run,) = claim(worker_database, limit=1)
    with worker_database.transaction() as session:
        lifecycle.record_failure(session, run, "internal_error")
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE runs SET enqueued_at = enqueued_at - interval '5 s'"))


@pytest.mark.usefixtures("slow_pace")
def test_a_photo_is_refused_where_it_would_wait_too_long_and_nothing_is_stored(
    gateway_settings: GatewaySettings, store: S3Store, clinic: CreatedKey
) -> None:
    tight = gateway_settings.model_copy(update={"longest_wait_s": 9})
    with serving(tight) as url, client_of(url, clinic) as client:
        answer = post(client)
    assert (answer.status_code, answer.json()["code"]) == (429, "backlog_full")
    assert int(answer.headers["retry-after"]) >= 1
    assert list(store.list_keys("incoming/")) == []


@pytest.mark.usefixtures("slow_pace")
def test_a_waiting_case_is_told_its_place_and_its_wait(
    gateway_settings: GatewaySettings, store: S3Store, clinic: CreatedKey
) -> None:
    store.check()
    with serving(gateway_settings) as url, client_of(url, clinic) as client:
        progress = post(client).json()["progress"]
    assert progress == {"phase": "queued", "queue_position": 9, "estimated_wait_s": 10, "cancel_requested": False}


def test_places_are_counted_by_the_second(
    gateway_database: Database, clinic: CreatedKey, model_id: str, owner_engine: Engine
) -> None:
    assert clinic.clinic_id is not None
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for second in (0, 5, 0, 9, 0, 5):
        case = accept(gateway_database, clinic.clinic_id, model_id)
        with owner_engine.begin() as connection:
            at = {"id": case.id, "at": begin + timedelta(seconds=second)}
            connection.execute(text("UPDATE runs SET enqueued_at = :at WHERE case_id = :id"), at)
    with gateway_database.transaction() as session:
        queue = Snapshot(repository.waiting(session))
    assert queue.queued == 6
    assert [queue.position(begin + timedelta(seconds=second)) for second in (0, 3, 5, 9, 10)] == [0, 3, 3, 5, 6]


def test_without_any_pace_nobody_is_refused_and_nothing_is_estimated(
    gateway_settings: GatewaySettings, store: S3Store, clinic: CreatedKey, model_id: str
) -> None:
    store.check()
    assert model_id
    with serving(gateway_settings.model_copy(update={"longest_wait_s": 1})) as url, client_of(url, clinic) as client:
        answer = post(client)
    assert answer.status_code == 202
    assert answer.json()["progress"]["estimated_wait_s"] is None


def test_a_worker_that_no_longer_looks_counts_as_down(base_url: str, worker_database: Database) -> None:
    with worker_database.transaction() as session:
        session.add_all(Worker(id=name, service="inference", details={}) for name in ("a:1", "b:2"))
        session.flush()
        session.execute(text("UPDATE workers SET looked_at = now() - interval '1 hour' WHERE id = 'b:2'"))
    with client_of(base_url, None) as client:
        workers = {worker["id"]: worker["status"] for worker in client.get("/readyz").json()["workers"]}
        metrics = client.get("/metrics").text
    assert workers == {"a:1": "ok", "b:2": "down"}
    assert "lesionlens_workers_alive 1.0" in metrics
    assert 'lesionlens_worker_seconds_since_look{worker="b:2"}' in metrics


def test_the_audit_is_for_operators_and_counts_every_clinic(
    base_url: str, client: httpx.Client, stranger_client: httpx.Client, gateway_database: Database
) -> None:
    assert post(client).status_code == post(stranger_client).status_code == 202
    assert client.get("/v1/audit").json()["code"] == "forbidden"
    with client_of(base_url, clinics.create_admin(gateway_database, "operator")) as operator:
        body = operator.get("/v1/audit").json()
    assert [(row["accepted"], row["open"], row["terminal"]) for row in body["balances"]] == [(1, 1, 0), (1, 1, 0)]
    assert body["violations"] == []
