"""What happened to a case, as a page and as a stream."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.gateway.clinics.schemas import CreatedKey
from services.gateway.settings import GatewaySettings
from shared.db.session import Database
from shared.storage.s3 import S3Store
from tests.integration.gateway.conftest import client_of, serving
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.gateway.worked_cases import finish
from tests.integration.records import claim

Frame = dict[str, str]
STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
def link(client: httpx.Client) -> str:
    return f"{submit(client, jpeg(1)).headers['location']}/events"


def frames(answer: httpx.Response) -> Iterator[Frame]:
    """Yield the fields of each frame; a comment's under the empty name."""
    fields: Frame = {}
    for line in answer.iter_lines():
        if not line:
            yield fields
            fields = {}
            continue
        name, _, value = line.partition(":")
        fields[name] = value.strip()


def take(source: Iterator[Frame], number: int) -> list[dict[str, Any]]:
    """Return the next events, whose frames say the same as their data."""
    found: list[dict[str, Any]] = []
    while len(found) < number:
        frame = next(source)
        if "data" in frame:
            event = json.loads(frame["data"])
            assert (frame["id"], frame["event"]) == (str(event["version"]), event["type"])
            found.append(event)
    return found


def test_a_page_is_whole_and_oldest_first(
    client: httpx.Client, link: str, worker_database: Database, store: S3Store
) -> None:
    (accepted,) = client.get(link).json()["items"]
    assert (accepted["type"], accepted["version"], accepted["state"]) == ("case.accepted", 1, "accepted")
    assert accepted["id"].startswith("evt_")
    run = finish(worker_database, store)
    page = client.get(link).json()
    assert [event["type"] for event in page["items"]] == ["case.accepted", "case.processing", "case.completed"]
    assert {event["run_id"] for event in page["items"]} == {run.run_id}
    assert page["items"][0] == accepted
    assert page["next_after_version"] is None


def test_pages_follow_each_other(client: httpx.Client, link: str, worker_database: Database, store: S3Store) -> None:
    finish(worker_database, store)
    first = client.get(link, params={"limit": 2}).json()
    assert ([event["version"] for event in first["items"]], first["next_after_version"]) == ([1, 2], 2)
    rest = client.get(link, params={"limit": 2, "after_version": 2}).json()
    assert ([event["version"] for event in rest["items"]], rest["next_after_version"]) == ([3], None)
    assert client.get(link, params={"after_version": 3}).json() == {"items": [], "next_after_version": None}


@pytest.mark.parametrize("query", [{"after_version": "-1"}, {"after_version": "x"}, {"limit": "0"}, {"limit": "101"}])
def test_bad_questions(client: httpx.Client, link: str, query: dict[str, str]) -> None:
    answer = client.get(link, params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation")
    assert client.get(link, headers={**STREAM, "Last-Event-ID": "x"}).status_code == 422


@pytest.mark.parametrize("headers", [{}, STREAM, {**STREAM, "Last-Event-ID": "9"}])
@pytest.mark.parametrize("query", [{}, {"after_version": "9"}])
def test_another_clinics_events_are_not_found(
    stranger_client: httpx.Client, link: str, headers: dict[str, str], query: dict[str, str]
) -> None:
    answer = stranger_client.get(link, headers=headers, params=query)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_stream_tells_what_was_and_then_what_comes(
    client: httpx.Client, link: str, worker_database: Database, store: S3Store
) -> None:
    with client.stream("GET", link, headers=STREAM) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "private, no-cache"
        source = frames(answer)
        assert next(source) == {"retry": "1000"}
        assert [event["version"] for event in take(source, 1)] == [1]
        finish(worker_database, store)
        finished = time.monotonic()
        assert [event["type"] for event in take(source, 2)] == ["case.processing", "case.completed"]
        assert time.monotonic() - finished < 8


def test_whoever_comes_back_misses_nothing_and_hears_nothing_twice(
    client: httpx.Client, link: str, worker_database: Database
) -> None:
    with client.stream("GET", link, headers=STREAM) as answer:
        (seen,) = take(frames(answer), 1)
    claim(worker_database)
    again = {**STREAM, "Last-Event-ID": str(seen["version"])}
    with client.stream("GET", link, headers=again, params={"after_version": 0}) as answer:
        assert [event["version"] for event in take(frames(answer), 1)] == [2]
    with client.stream("GET", link, headers=STREAM, params={"after_version": 1}) as answer:
        assert [event["version"] for event in take(frames(answer), 1)] == [2]


@pytest.mark.usefixtures("store", "model_id")
def test_a_stream_shows_that_it_lives_and_ends_in_time(gateway_settings: GatewaySettings, clinic: CreatedKey) -> None:
    settings = gateway_settings.model_copy(update={"heartbeat_s": 0.2, "longest_stream_s": 1.0})
    with serving(settings) as url, client_of(url, clinic) as client:
        link = f"{submit(client, jpeg(1)).headers['location']}/events"
        started = time.monotonic()
        with client.stream("GET", link, headers=STREAM) as answer:
            found = list(frames(answer))
        assert 0.9 < time.monotonic() - started < 10
        assert sum(frame == {"": ""} for frame in found) >= 3
        assert sum("data" in frame for frame in found) == 1


@pytest.mark.usefixtures("store", "model_id")
def test_a_stream_without_a_place_ends_after_what_there_is(
    gateway_settings: GatewaySettings, clinic: CreatedKey
) -> None:
    with serving(gateway_settings.model_copy(update={"max_waiters": 1})) as url, client_of(url, clinic) as client:
        link = f"{submit(client, jpeg(1)).headers['location']}/events"
        with client.stream("GET", link, headers=STREAM) as first:
            source = frames(first)
            assert next(source) == {"retry": "1000"}
            take(source, 1)
            with client.stream("GET", link, headers=STREAM) as second:
                found = list(frames(second))
            assert (found[0], len(found)) == ({"retry": "10000"}, 2)
        # Hanging up has freed the place.
        deadline = time.monotonic() + 5
        retry = "10000"
        while retry == "10000":
            assert time.monotonic() < deadline
            with client.stream("GET", link, headers=STREAM) as third:
                retry = next(frames(third))["retry"]


@pytest.mark.usefixtures("store", "model_id")
def test_a_stream_ends_when_the_process_stops(gateway_settings: GatewaySettings, clinic: CreatedKey) -> None:
    with serving(gateway_settings) as url:
        client = client_of(url, clinic)
        link = f"{submit(client, jpeg(1)).headers['location']}/events"
        stream = client.stream("GET", link, headers=STREAM)
        answer = stream.__enter__()
        source = frames(answer)
        take(source, 1)
        stopping = time.monotonic()
    assert time.monotonic() - stopping < 12
    assert list(source) == []
    stream.__exit__(None, None, None)
    client.close()
