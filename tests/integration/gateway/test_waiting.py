"""Waiting for a case over HTTP: who is woken by what and when, and what is held meanwhile."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import psycopg2
import pytest
from sqlalchemy import Engine, make_url, text

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CreatedKey
from services.gateway.settings import GatewaySettings
from shared.contracts.enums import Scope
from shared.contracts.ids import IdPrefix, new_id
from shared.db.session import Database
from shared.storage.s3 import S3Store
from tests.integration.conftest import Servers
from tests.integration.gateway.conftest import client_of, serving
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.gateway.test_outages import closed_to_connections
from tests.integration.gateway.worked_cases import finish
from tests.integration.records import claim


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.fixture
def link(client: httpx.Client) -> str:
    return str(submit(client, jpeg(1)).headers["location"])


def get(client: httpx.Client, link: str, wait: int, *, tag: str = "", since: str = "") -> httpx.Response:
    headers = {"Prefer": f"wait={wait}"} | ({"If-None-Match": tag} if tag else {})
    return client.get(link, headers=headers, params={"since_version": since} if since else {}, timeout=40)


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def listening(client: httpx.Client, link: str) -> None:
    """Somebody has waited before, so that the watcher is at work."""
    assert get(client, link, 2).headers["preference-applied"] == "wait=2"


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("known", [{"tag": 'W/"1"'}, {"since": "1"}])
def test_a_notice_wakes_at_once(
    client: httpx.Client, threads: ThreadPoolExecutor, link: str, worker_database: Database, known: dict[str, str]
) -> None:
    waiting = threads.submit(get, client, link, 20, **known)
    time.sleep(0.4)  # it is to be waiting by now; were it not, it would still be answered rightly
    assert not waiting.done()
    claim(worker_database)
    changed = time.monotonic()
    answer = waiting.result()
    assert time.monotonic() - changed < 0.9
    assert (answer.status_code, answer.json()["version"], answer.json()["state"]) == (200, 2, "processing")
    assert (answer.headers["etag"], answer.headers["preference-applied"]) == ('W/"2"', "wait=20")


@pytest.mark.usefixtures("listening")
def test_without_notices_it_takes_a_second(
    client: httpx.Client, threads: ThreadPoolExecutor, link: str, worker_database: Database, owner_engine: Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("DROP TRIGGER events_notice ON events"))
    waiting = threads.submit(get, client, link, 20, tag='W/"1"')
    time.sleep(0.4)
    claim(worker_database)
    changed = time.monotonic()
    assert waiting.result().json()["version"] == 2
    assert time.monotonic() - changed < 10


def test_without_a_known_version_it_waits_for_the_end(
    client: httpx.Client, threads: ThreadPoolExecutor, link: str, worker_database: Database, store: S3Store
) -> None:
    waiting = threads.submit(get, client, link, 20)
    time.sleep(0.3)
    finish(worker_database, store)
    answer = waiting.result()
    assert (answer.status_code, answer.json()["state"], answer.json()["version"]) == (200, "completed", 3)
    assert "retry-after" not in answer.headers


def test_when_the_time_is_over_nothing_has_changed(client: httpx.Client, link: str) -> None:
    for known, status in ({"tag": 'W/"1"'}, 304), ({"since": "1"}, 200), ({}, 200), ({"tag": "*"}, 304):
        started = time.monotonic()
        answer = get(client, link, 1, **known)
        assert 0.9 < time.monotonic() - started < 10
        assert answer.status_code == status
        assert (answer.headers["etag"], answer.headers["preference-applied"]) == ('W/"1"', "wait=1")
        assert answer.headers["retry-after"] == "1"


def test_what_is_answered_at_once(client: httpx.Client, link: str, worker_database: Database, store: S3Store) -> None:
    started = time.monotonic()
    assert get(client, link, 20, since="0").json()["version"] == 1
    assert get(client, link, 20, tag='W/"7"').json()["version"] == 1
    for prefer in ("wait=0", "wait=soon", "respond-async"):
        assert "preference-applied" not in client.get(link, headers={"Prefer": prefer}).headers
    finish(worker_database, store)
    assert get(client, link, 20, tag='W/"3"').status_code == 304
    assert get(client, link, 20, since="3").status_code == 200
    assert get(client, link, 20).status_code == 200
    assert time.monotonic() - started < 15


def test_nobody_waits_for_what_is_not_there(client: httpx.Client, stranger_client: httpx.Client, link: str) -> None:
    started = time.monotonic()
    for asker, path in ((stranger_client, link), (client, f"/v1/cases/{new_id(IdPrefix.CASE)}")):
        answer = get(asker, path, 20, tag='W/"1"')
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert time.monotonic() - started < 15


def test_a_submission_that_waits_may_bring_the_result(
    client: httpx.Client, threads: ThreadPoolExecutor, worker_database: Database, store: S3Store
) -> None:
    files = {"image": ("x.jpg", jpeg(5), "image/jpeg")}
    headers = {"Prefer": "wait=20", "Idempotency-Key": "k"}
    waiting = threads.submit(client.post, "/v1/cases", files=files, headers=headers)
    until(lambda: bool(client.get("/v1/cases").json()["items"]))
    finish(worker_database, store)
    answer = waiting.result()
    assert (answer.status_code, answer.json()["state"], answer.headers["etag"]) == (202, "completed", 'W/"3"')
    assert answer.headers["location"] == answer.json()["links"]["self"]
    assert answer.headers["preference-applied"] == "wait=20"
    assert "retry-after" not in answer.headers
    again = client.post("/v1/cases", files=files, headers=headers)
    assert (again.status_code, again.headers["idempotent-replayed"], again.json()) == (202, "true", answer.json())
    plain = client.post("/v1/cases", files=files, headers={"Idempotency-Key": "k"})
    assert (plain.json()["state"], plain.headers["retry-after"]) == ("accepted", "1")


def test_a_submission_whose_time_is_over_is_accepted_all_the_same(client: httpx.Client) -> None:
    answer = client.post("/v1/cases", files={"image": ("x.jpg", jpeg(5), "image/jpeg")}, headers={"Prefer": "wait=1"})
    assert (answer.status_code, answer.json()["state"], answer.headers["etag"]) == (202, "accepted", 'W/"1"')
    assert (answer.headers["retry-after"], answer.headers["preference-applied"]) == ("1", "wait=1")


def test_who_may_only_submit_does_not_get_the_result_by_waiting(base_url: str, gateway_database: Database) -> None:
    writer = clinics.create_clinic(gateway_database, "Writer", (Scope.CASES_WRITE,))
    with client_of(base_url, writer) as client:
        started = time.monotonic()
        answer = client.post(
            "/v1/cases", files={"image": ("x.jpg", jpeg(5), "image/jpeg")}, headers={"Prefer": "wait=20"}
        )
        assert time.monotonic() - started < 15
        assert (answer.status_code, answer.json()["state"]) == (202, "accepted")
        assert "preference-applied" not in answer.headers


def test_a_key_that_ends_meanwhile_gets_nothing(
    base_url: str, threads: ThreadPoolExecutor, gateway_database: Database, worker_database: Database
) -> None:
    key = clinics.create_clinic(gateway_database, "Short", (Scope.CASES_WRITE, Scope.CASES_READ))
    with client_of(base_url, key) as client:
        link = submit(client, jpeg(1)).headers["location"]
        waiting = threads.submit(get, client, link, 20, tag='W/"1"')
        time.sleep(0.3)
        clinics.revoke(gateway_database, key.key_id)
        time.sleep(3.1)  # for so long a key that was checked may count
        claim(worker_database)
        answer = waiting.result()
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.usefixtures("store", "model_id")
def test_two_hundred_wait_and_hold_nothing(
    gateway_settings: GatewaySettings, clinic: CreatedKey, worker_database: Database, owner_engine: Engine
) -> None:
    """On five connections and forty threads, other requests stay fast; then one change wakes all of them."""
    settings = gateway_settings.model_copy(update={"database_pool_size": 5})
    with serving(settings) as url, client_of(url, clinic) as client:
        link = submit(client, jpeg(1)).headers["location"]

        async def scenario() -> tuple[list[float], list[httpx.Response], float]:
            limits = httpx.Limits(max_connections=None)
            headers = {"Authorization": f"Bearer {clinic.key}", "Prefer": "wait=25", "If-None-Match": 'W/"1"'}
            async with httpx.AsyncClient(base_url=url, limits=limits, timeout=40, trust_env=False) as crowd:
                waiting = [asyncio.create_task(crowd.get(link, headers=headers)) for _ in range(200)]
                await asyncio.sleep(3)
                assert not any(task.done() for task in waiting)
                took = await asyncio.to_thread(_timed, client, 20)
                held = await asyncio.to_thread(busy_connections, owner_engine)
                assert held == 0
                changed = time.monotonic()
                await asyncio.to_thread(claim, worker_database)
                answers = await asyncio.gather(*waiting)
                return took, answers, time.monotonic() - changed

        took, answers, woken_after = asyncio.run(scenario())
    assert sorted(took)[len(took) // 2] < 2
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["version"] for answer in answers} == {2}
    assert woken_after < 15


def _timed(client: httpx.Client, requests: int) -> list[float]:
    took = []
    for _ in range(requests):
        started = time.monotonic()
        assert client.get("/v1/cases").status_code == 200
        took.append(time.monotonic() - started)
    return took


def busy_connections(owner: Engine) -> int:
    """Return how many connections of the gateway are in a transaction at this moment."""
    with owner.begin() as connection:
        found: int = connection.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name = 'lesionlens_gateway' AND state LIKE 'idle in transaction%'"
            )
        ).scalar_one()
        return found


@pytest.mark.usefixtures("store", "model_id")
def test_places_are_bounded_and_a_caller_who_hangs_up_frees_his_at_once(
    gateway_settings: GatewaySettings, clinic: CreatedKey
) -> None:
    with serving(gateway_settings.model_copy(update={"max_waiters": 1})) as url, client_of(url, clinic) as client:
        link = submit(client, jpeg(1)).headers["location"]
        port = make_url(url).port
        assert port
        request = f"GET {link} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {clinic.key}\r\nPrefer: wait=25\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=20) as peer:
            peer.sendall(request.encode())
            peer.settimeout(1)
            with pytest.raises(TimeoutError):
                peer.recv(1)
            started = time.monotonic()
            refused = get(client, link, 20)
            assert time.monotonic() - started < 12
            assert (refused.status_code, refused.json()["version"]) == (200, 1)
        until(lambda: "preference-applied" in get(client, link, 1).headers, seconds=15)


def test_the_watcher_survives_an_outage(
    client: httpx.Client, threads: ThreadPoolExecutor, link: str, servers: Servers, worker_database: Database
) -> None:
    with worker_database.transaction() as session:
        database = session.execute(text("SELECT current_database()")).scalar_one()
    through: Future[httpx.Response] = threads.submit(get, client, link, 20, tag='W/"1"')
    into: Future[httpx.Response] = threads.submit(get, client, link, 4, tag='W/"1"')
    time.sleep(0.5)
    with closed_to_connections(servers, database):
        refused = into.result()
        assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
        assert not through.done()
    claim(worker_database)
    assert (through.result().status_code, through.result().json()["version"]) == (200, 2)


@pytest.mark.usefixtures("store", "model_id")
def test_when_the_process_stops_everybody_is_answered(
    gateway_settings: GatewaySettings, clinic: CreatedKey, threads: ThreadPoolExecutor
) -> None:
    with serving(gateway_settings) as url:
        client = client_of(url, clinic)
        link = submit(client, jpeg(1)).headers["location"]
        waiting = [threads.submit(get, client, link, 20, tag='W/"1"') for _ in range(5)]
        posted = threads.submit(
            client.post, "/v1/cases", files={"image": ("x.jpg", jpeg(2), "image/jpeg")}, headers={"Prefer": "wait=20"}
        )
        time.sleep(1)
        stopping = time.monotonic()
    assert time.monotonic() - stopping < 12
    assert {task.result().status_code for task in waiting} == {304}
    assert posted.result().status_code == 202
    client.close()


def test_the_role_of_the_gateway_learns_versions_only(
    client: httpx.Client, link: str, database_url: str, gateway_database: Database
) -> None:
    """Without a clinic named it sees no case; by the function it learns the version of an id that it names."""
    assert client.get(link).status_code == 200
    case_id = link.rsplit("/", 1)[1]
    with gateway_database.transaction() as session:
        assert session.execute(text("SELECT count(*) FROM cases")).scalar_one() == 0
        beyond = text("SELECT * FROM cases_beyond(ARRAY[:id], ARRAY[:version])")
        assert [tuple(row) for row in session.execute(beyond, {"id": case_id, "version": 0})] == [(case_id, 1)]
        assert session.execute(beyond, {"id": case_id, "version": 1}).all() == []
    with psycopg2.connect(database_url) as outsider, outsider.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM information_schema.routine_privileges"
            " WHERE routine_name = 'cases_beyond' AND grantee IN ('PUBLIC', 'lesionlens_auditor')"
        )
        assert cursor.fetchone() == (0,)
    outsider.close()
