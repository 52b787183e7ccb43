"""What happens to a submission while something behind the gateway is down."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg2
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from services.gateway.clinics.schemas import CreatedKey
from services.gateway.settings import GatewaySettings
from services.standalone.ports import free_port
from shared.storage.s3 import S3Store
from tests.integration.conftest import Servers
from tests.integration.gateway.conftest import client_of, serving
from tests.integration.gateway.photos import jpeg, submit


def refused(answer: httpx.Response, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert int(answer.headers["retry-after"]) >= 1


@contextmanager
def closed_to_connections(servers: Servers, database: str) -> Iterator[None]:
    administrator = psycopg2.connect(servers.postgres.url)
    administrator.autocommit = True
    with administrator.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database,))
        yield
        cursor.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
    administrator.close()


@pytest.mark.usefixtures("store", "model_id")
def test_without_a_broker_photos_are_accepted_and_quickly(
    gateway_settings: GatewaySettings, clinic: CreatedKey
) -> None:
    dead = gateway_settings.model_copy(update={"redis_url": SecretStr(f"redis://127.0.0.1:{free_port()}/0")})
    with serving(dead) as url, client_of(url, clinic) as client:
        assert submit(client, jpeg(0)).status_code == 202
        started = time.monotonic()
        assert submit(client, jpeg(1)).status_code == 202
        assert time.monotonic() - started < 3
        readiness = client.get("/readyz")
        assert readiness.status_code == 200
        assert readiness.json()["broker"] == "down"
        assert readiness.json()["active_model"].startswith("lesionlens-dermoscopy@")


@pytest.mark.usefixtures("model_id")
def test_without_a_store_nothing_is_accepted(gateway_settings: GatewaySettings, clinic: CreatedKey) -> None:
    dead = gateway_settings.model_copy(update={"s3_endpoint": f"http://127.0.0.1:{free_port()}"})
    with serving(dead) as url, client_of(url, clinic) as client:
        started = time.monotonic()
        refused(submit(client, jpeg(0), key="k"), "store_unavailable")
        assert time.monotonic() - started < 10
        assert client.get("/v1/cases").json()["items"] == []
        assert client.get("/healthz").status_code == 200
        readiness = client.get("/readyz")
        assert (readiness.status_code, readiness.json()["store"]) == (503, "down")


def test_without_a_database_nothing_is_accepted_and_it_recovers(
    client: httpx.Client, servers: Servers, database_url: str, store: S3Store
) -> None:
    database = make_url(database_url).database
    assert database
    assert submit(client, jpeg(0)).status_code == 202
    with closed_to_connections(servers, database):
        started = time.monotonic()
        refused(submit(client, jpeg(1), key="k"), "database_unavailable")
        refused(submit(client, jpeg(1)), "database_unavailable")
        refused(client.get("/v1/cases"), "database_unavailable")
        assert time.monotonic() - started < 10
        assert client.get("/healthz").status_code == 200
        readiness = client.get("/readyz")
        assert (readiness.status_code, readiness.json()["database"]) == (503, "down")
    assert submit(client, jpeg(1), key="k").status_code == 202
    assert len(client.get("/v1/cases").json()["items"]) == 2
    # Both were refused before an object was written: whether a photo may be taken is the database's to say.
    assert len(list(store.list_keys("incoming/"))) == 2


@pytest.mark.usefixtures("store", "model_id")
def test_nobody_listens_where_the_database_should_be(gateway_settings: GatewaySettings, clinic: CreatedKey) -> None:
    url = make_url(gateway_settings.database_url.get_secret_value()).set(port=free_port())
    dead = gateway_settings.model_copy(update={"database_url": SecretStr(url.render_as_string(hide_password=False))})
    with serving(dead) as base_url, client_of(base_url, clinic) as client:
        started = time.monotonic()
        refused(submit(client, jpeg(0)), "database_unavailable")
        assert time.monotonic() - started < 10
