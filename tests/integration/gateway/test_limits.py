"""Limits as callers meet them: shared by gateways, honest about when to come back, and never in the way of a photo."""

import asyncio
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from redis import Redis

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import ClinicChange, CreatedKey, NewKey
from services.gateway.limits.buckets import Rule
from services.gateway.limits.shared_buckets import SharedBuckets
from services.gateway.settings import GatewaySettings
from services.standalone.servers import RunningServer, scratch_folder, start_valkey
from shared.db.session import Database
from shared.settings import BrokerSettings
from tests.integration.gateway.conftest import client_of, serving
from tests.integration.gateway.photos import jpeg, submit

pytestmark = pytest.mark.usefixtures("store", "model_id")


@pytest.fixture
def limited(gateway_settings: GatewaySettings) -> GatewaySettings:
    return gateway_settings.model_copy(update={"key_cache_s": 0.0})


@pytest.fixture
def own_broker() -> Iterator[RunningServer]:
    """A Valkey that the test may kill."""
    with scratch_folder() as folder, start_valkey(folder / "valkey") as server:
        yield server


def set_limits(database: Database, key: CreatedKey, **limits: Any) -> None:
    assert key.clinic_id
    clinics.change_clinic(database, key.clinic_id, ClinicChange.model_validate(limits))


def until_refused(client: httpx.Client, path: str = "/v1/cases", most: int = 100) -> tuple[int, httpx.Response]:
    for count in range(most):
        answer = client.get(path)
        if answer.status_code == 429:
            return count, answer
        assert answer.status_code in {200, 401}
    raise AssertionError


def level(answer: httpx.Response, name: str) -> int:
    found = re.search(rf'"{name}";r=(\d+)', answer.headers["ratelimit"])
    assert found
    return int(found[1])


def test_a_key_that_asks_too_often_learns_when_to_come_back(
    limited: GatewaySettings, clinic: CreatedKey, gateway_database: Database
) -> None:
    set_limits(gateway_database, clinic, requests_per_minute=60)
    assert clinic.clinic_id
    sibling = clinics.create_key(gateway_database, clinic.clinic_id, NewKey())
    with serving(limited) as url, client_of(url, clinic) as client, client_of(url, sibling) as other:
        first = client.get("/v1/cases")
        assert '"requests";q=60;w=60' in first.headers["ratelimit-policy"]
        assert level(first, "requests") == 59
        count, refused = until_refused(client)
        assert count >= 59
        assert refused.json()["code"] == "rate_limited"
        assert level(refused, "requests") == 0
        wait_s = int(refused.headers["retry-after"])
        assert wait_s == 1
        assert other.get("/v1/cases").status_code == 200
        for path in ("/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"):
            assert client.get(path).status_code == 200
        time.sleep(wait_s)
        assert client.get("/v1/cases").status_code == 200


def test_gateways_count_together(limited: GatewaySettings, clinic: CreatedKey, gateway_database: Database) -> None:
    set_limits(gateway_database, clinic, requests_per_minute=20)
    with serving(limited) as one, serving(limited) as two, client_of(one, clinic) as a, client_of(two, clinic) as b:
        statuses = [client.get("/v1/cases").status_code for _ in range(14) for client in (a, b)]
    assert 20 <= statuses.count(200) <= 24
    assert statuses[-1] == 429


def test_photos_have_a_limit_of_their_own(
    limited: GatewaySettings, clinic: CreatedKey, gateway_database: Database
) -> None:
    set_limits(gateway_database, clinic, photos_per_minute=2)
    with serving(limited) as url, client_of(url, clinic) as client:
        assert [submit(client, jpeg(seed)).status_code for seed in range(3)] == [202, 202, 429]
        refused = submit(client, jpeg(9))
        assert refused.json()["code"] == "rate_limited"
        assert 1 <= int(refused.headers["retry-after"]) <= 30
        listed = client.get("/v1/cases")
        assert len(listed.json()["items"]) == 2
        assert "photos" not in listed.headers["ratelimit"]
        set_limits(gateway_database, clinic, photos_per_minute=None)
        assert submit(client, jpeg(10)).status_code == 202


def test_an_address_has_a_limit_whatever_its_keys(
    limited: GatewaySettings, clinic: CreatedKey, stranger: CreatedKey
) -> None:
    settings = limited.model_copy(update={"address_requests_per_minute": 5, "trusted_proxy_hops": 1})
    here, there = ({"X-Forwarded-For": f"6.6.6.6, 198.51.100.{last}"} for last in (1, 2))
    with serving(settings) as url, client_of(url, clinic) as a, client_of(url, stranger) as b:
        assert [client.get("/v1/cases", headers=here).status_code for _ in range(3) for client in (a, b)][-1] == 429
        assert b.get("/v1/cases", headers=there).status_code == 200


def test_guessing_keys_ends_but_not_for_those_who_have_one(
    limited: GatewaySettings, clinic: CreatedKey, stranger: CreatedKey
) -> None:
    settings = limited.model_copy(update={"failed_keys_per_minute": 10, "trusted_proxy_hops": 1})
    here = {"X-Forwarded-For": "198.51.100.77"}
    with serving(settings) as url, client_of(url, clinic) as good, client_of(url, None) as anybody:
        assert good.get("/v1/cases", headers=here).status_code == 200
        guesses = [f"Bearer ll_{number:08d}_{'0' * 40}" for number in range(12)]
        statuses = [anybody.get("/v1/cases", headers={**here, "Authorization": g}).status_code for g in guesses]
        assert statuses[:10] == [401] * 10
        assert statuses[-1] == 429
        bare = anybody.get("/v1/cases", headers=here)
        assert (bare.status_code, bare.json()["code"]) == (429, "rate_limited")
        assert int(bare.headers["retry-after"]) >= 1
        # A key that was good a moment ago goes on; one that nobody has seen waits until the address may try again.
        assert good.get("/v1/cases", headers=here).status_code == 200
        with client_of(url, stranger) as late:
            assert late.get("/v1/cases", headers=here).status_code == 429
            assert late.get("/v1/cases").status_code == 200


def test_without_redis_each_process_counts_and_photos_come_in(
    limited: GatewaySettings, clinic: CreatedKey, gateway_database: Database, own_broker: RunningServer
) -> None:
    settings = limited.model_copy(update={"redis_url": SecretStr(own_broker.url)})
    set_limits(gateway_database, clinic, requests_per_minute=20, photos_per_minute=1)
    with serving(settings) as url, client_of(url, clinic) as client:
        assert submit(client, jpeg(0)).status_code == 202
        assert submit(client, jpeg(1)).status_code == 429
        own_broker.kill()
        started = time.monotonic()
        count, _ = until_refused(client)
        assert 20 <= count <= 24
        assert [submit(client, jpeg(seed)).status_code for seed in range(2, 7)] == [202] * 5
        assert client.get("/v1/cases").status_code == 429
        assert time.monotonic() - started < 15
        own_broker.restart()
        deadline = time.monotonic() + 15
        while "photos" not in submit(client, jpeg(9)).headers.get("ratelimit", ""):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert submit(client, jpeg(10)).status_code == 429


def test_a_frozen_redis_costs_a_fifth_of_a_second_once(
    limited: GatewaySettings, clinic: CreatedKey, own_broker: RunningServer
) -> None:
    settings = limited.model_copy(update={"redis_url": SecretStr(own_broker.url)})
    with serving(settings) as url, client_of(url, clinic) as client:
        assert client.get("/v1/cases").status_code == 200
        with frozen(own_broker):
            took = []
            for _ in range(5):
                started = time.monotonic()
                assert client.get("/v1/cases").status_code == 200
                took.append(time.monotonic() - started)
        assert max(took) < 3
        assert sorted(took)[3] < 0.2


@contextmanager
def frozen(server: RunningServer) -> Iterator[None]:
    """Let the server accept connections and say nothing."""
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)


def test_the_script_counts_as_the_process_does(broker_settings: BrokerSettings) -> None:
    async def scenario() -> None:
        buckets = SharedBuckets(broker_settings)
        wide, narrow = Rule("requests", "test:wide", 7), Rule("photos", "test:narrow", 2)
        first = await buckets.take([wide, narrow])
        second = await buckets.take([wide, narrow])
        third = await buckets.take([wide, narrow])
        looked = await buckets.take([wide], spend=False)
        assert first
        assert second
        assert third
        assert looked
        assert [a.remaining for a in first] == [6, 1]
        assert [a.remaining for a in second] == [5, 0]
        assert third[0].wait_s == 0
        assert 25 < third[1].wait_s <= 30
        assert third[0].remaining == looked[0].remaining == 5
        every = await asyncio.gather(*(buckets.take([Rule("requests", "test:crowd", 20)]) for _ in range(60)))
        assert sum(levels is not None and not levels[0].wait_s for levels in every) == 20
        await buckets.close()

    asyncio.run(scenario())


def test_nothing_kept_names_an_address(limited: GatewaySettings, clinic: CreatedKey, own_broker: RunningServer) -> None:
    few = {"requests_per_minute": 2, "address_requests_per_minute": 2}
    settings = limited.model_copy(update={"redis_url": SecretStr(own_broker.url), **few})
    with serving(settings) as url, client_of(url, clinic) as client:
        assert client.get("/v1/cases").status_code == 200
    with Redis.from_url(own_broker.url) as server:
        kept = [key.decode() for key in server.scan_iter("lesionlens:limit:*")]
        assert len(kept) == 2
        assert not [key for key in kept if "127.0.0.1" in key]
        assert all(0 < int(server.pttl(key)) <= 60_000 for key in kept)
