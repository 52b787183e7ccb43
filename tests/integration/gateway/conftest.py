"""The gateway as it is served: uvicorn on a loopback port, with real Postgres, Valkey and S3 behind it."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CLINIC_SCOPES, CreatedKey
from services.gateway.main import Server, create_app
from services.gateway.settings import GatewaySettings
from services.standalone.secret_files import new_fernet_key, new_password
from shared.contracts.enums import ModelState, Scope
from shared.contracts.ids import IdPrefix, new_id
from shared.db.models import ModelVersion
from shared.db.session import Database
from shared.settings import BrokerSettings, StorageSettings
from shared.storage.base import ObjectStore
from shared.storage.direct import DirectUploads
from shared.storage.s3 import S3Store
from tests.integration.gateway.campaign_rows import Ward

# Callers speak plain HTTP. Without this each of them reads all authorities of the web first, which takes 40 ms.
WITHOUT_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
MANIFEST = Path(__file__).parents[3] / "models" / "lesionlens-dermoscopy" / "manifest.json"


def settings_for(database_url: str, storage: StorageSettings, broker: BrokerSettings) -> GatewaySettings:
    """Return settings of a gateway on these servers, impatient with what is broken, on a port of its own choice."""
    return GatewaySettings(
        database_url=SecretStr(database_url),
        redis_url=broker.redis_url,
        s3_endpoint=storage.s3_endpoint,
        s3_bucket=storage.s3_bucket,
        s3_access_key=storage.s3_access_key,
        s3_secret_key=storage.s3_secret_key,
        secrets_keys=SecretStr(new_fernet_key()),
        address_key=SecretStr(new_password()),
        s3_connect_timeout_s=0.5,
        s3_read_timeout_s=2.0,
        database_connect_timeout_s=1,
        # All tests are one address to the one server that counts.
        failed_keys_per_minute=1_000_000,
        failed_codes_per_minute=1_000_000,
        port=0,
    )


@pytest.fixture
def gateway_settings(
    database_url: str, storage_settings: StorageSettings, broker_settings: BrokerSettings
) -> GatewaySettings:
    return settings_for(database_url, storage_settings, broker_settings)


@contextmanager
def serving(
    settings: GatewaySettings, *, store: ObjectStore | None = None, direct: DirectUploads | None = None
) -> Iterator[str]:
    """Serve the application from a thread; yield its URL."""
    server = Server(create_app(settings, store=store, direct=direct), settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)
    assert not thread.is_alive()


def add_real_model(worker: Database) -> str:
    """Add an active model whose manifest is a real one; return its id."""
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    with worker.transaction() as session:
        model = ModelVersion(
            id=new_id(IdPrefix.MODEL),
            name=manifest["name"],
            version="0" * 64,
            state=ModelState.ACTIVE,
            manifest=manifest,
            weights_sha256="1" * 64,
            weights_key="models/none",
        )
        session.add(model)
        session.flush()
        return model.id


@pytest.fixture
def model_id(worker_database: Database) -> str:
    return add_real_model(worker_database)


@pytest.fixture
def clinic(gateway_database: Database) -> CreatedKey:
    return clinics.create_clinic(gateway_database, "One", CLINIC_SCOPES)


@pytest.fixture
def stranger(gateway_database: Database) -> CreatedKey:
    return clinics.create_clinic(gateway_database, "Other", CLINIC_SCOPES)


@pytest.fixture
def base_url(gateway_settings: GatewaySettings, store: S3Store, model_id: str) -> Iterator[str]:
    assert model_id
    with serving(gateway_settings, store=store) as url:
        yield url


def client_of(url: str, key: CreatedKey | None) -> httpx.Client:
    headers = {} if key is None else {"Authorization": f"Bearer {key.key}"}
    return httpx.Client(base_url=url, headers=headers, timeout=20, trust_env=False, verify=WITHOUT_TLS)


@pytest.fixture
def client(base_url: str, clinic: CreatedKey) -> Iterator[httpx.Client]:
    with client_of(base_url, clinic) as client:
        yield client


@pytest.fixture
def stranger_client(base_url: str, stranger: CreatedKey) -> Iterator[httpx.Client]:
    with client_of(base_url, stranger) as client:
        yield client


@pytest.fixture
def manager(gateway_database: Database) -> CreatedKey:
    """A clinic's key that may run campaigns over its cases."""
    return clinics.create_clinic(gateway_database, "Managed", (*CLINIC_SCOPES, Scope.RERUNS_MANAGE))


@pytest.fixture
def manager_client(base_url: str, manager: CreatedKey) -> Iterator[httpx.Client]:
    with client_of(base_url, manager) as client:
        yield client


@pytest.fixture
def operator_client(base_url: str, gateway_database: Database) -> Iterator[httpx.Client]:
    with client_of(base_url, clinics.create_admin(gateway_database, "operator")) as client:
        yield client


@pytest.fixture
def ward(gateway_database: Database, worker_database: Database, manager: CreatedKey, model_id: str) -> Ward:
    assert manager.clinic_id
    return Ward(gateway_database, worker_database, manager.clinic_id, model_id)
