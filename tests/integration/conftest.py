"""Real servers for the integration tests: Postgres with our migrations, Valkey and S3, started by this session.

Each test gets a database of its own (copied from a migrated template) and a bucket of its own.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg2
import pytest
from alembic import command
from psycopg2 import sql
from pydantic import SecretStr
from sqlalchemy import Engine

from migrations.__main__ import alembic_config
from services.standalone.database_roles import with_login
from services.standalone.servers import (
    RunningServer,
    create_owner,
    scratch_folder,
    start_postgres,
    start_s3,
    start_valkey,
)
from shared.db.session import Database, DatabaseRole, make_engine
from shared.settings import BrokerSettings, DatabaseSettings, StorageSettings
from shared.storage.s3 import S3Store
from tests.memory import folder_in_memory

TEMPLATE = "lesionlens"
OWNER = "lesionlens_owner"


@dataclass(frozen=True)
class Servers:
    postgres: RunningServer
    valkey: RunningServer
    s3: RunningServer
    owner_password: str


def database_settings(url: str) -> DatabaseSettings:
    return DatabaseSettings(database_url=SecretStr(url), database_pool_size=20)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Start the three servers and migrate the template database; they end with the session."""
    with (
        scratch_folder(folder_in_memory()) as folder,
        start_postgres(folder / "postgres") as postgres,
        start_valkey(folder / "valkey") as valkey,
        start_s3(folder / "s3") as s3,
    ):
        password = secrets.token_hex(8)
        owner_url = create_owner(postgres, database=TEMPLATE, password=password)
        engine = make_engine(database_settings(owner_url), role=None)
        config = alembic_config()
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        engine.dispose()
        yield Servers(postgres, valkey, s3, password)


@contextmanager
def fresh_database(servers: Servers) -> Iterator[str]:
    """Make a new, migrated database, yield its owner's URL, and drop it."""
    name = f"test_{secrets.token_hex(6)}"
    administrator = psycopg2.connect(servers.postgres.url)
    administrator.autocommit = True
    identifiers = [sql.Identifier(part) for part in (name, TEMPLATE, OWNER)]
    with administrator.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*identifiers))
    yield with_login(servers.postgres.url, user=OWNER, password=servers.owner_password, database=name)
    with administrator.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifiers[0]))
    administrator.close()


def fresh_bucket(servers: Servers) -> StorageSettings:
    """Return settings that name a bucket which nobody has made yet."""
    return StorageSettings(
        s3_endpoint=servers.s3.url,
        s3_bucket=f"test-{secrets.token_hex(6)}",
        s3_access_key=SecretStr(servers.s3.store.access_key),
        s3_secret_key=SecretStr(servers.s3.store.secret_key),
    )


@pytest.fixture
def database_url(servers: Servers) -> Iterator[str]:
    """URL of the owner of a new, migrated database of this test's own."""
    with fresh_database(servers) as url:
        yield url


@pytest.fixture
def owner_engine(database_url: str) -> Iterator[Engine]:
    """An engine as the owner, who reads across clinics; for looking, and for breaking things on purpose."""
    engine = make_engine(database_settings(database_url), role=None)
    yield engine
    engine.dispose()


@pytest.fixture
def gateway_database(database_url: str) -> Iterator[Database]:
    database = Database(make_engine(database_settings(database_url), DatabaseRole.GATEWAY))
    yield database
    database.close()


@pytest.fixture
def worker_database(database_url: str) -> Iterator[Database]:
    database = Database(make_engine(database_settings(database_url), DatabaseRole.WORKER))
    yield database
    database.close()


@pytest.fixture
def storage_settings(servers: Servers) -> StorageSettings:
    return fresh_bucket(servers)


@pytest.fixture
def store(storage_settings: StorageSettings) -> S3Store:
    store = S3Store(storage_settings)
    store.ensure_bucket()
    return store


@pytest.fixture
def broker_settings(servers: Servers) -> BrokerSettings:
    return BrokerSettings(redis_url=SecretStr(servers.valkey.url))
