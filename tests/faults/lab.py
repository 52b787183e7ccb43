"""The servers that all experiments share, and a fresh database for each experiment.

The template of those databases is migrated and holds the tiny model, active, and one clinic with its key.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg2
from alembic import command
from psycopg2 import sql
from pydantic import SecretStr

from migrations.__main__ import alembic_config
from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CLINIC_SCOPES
from services.inference import registry
from services.inference.model.development import write_development_model
from services.standalone.database_roles import OWNER, with_login
from services.standalone.servers import (
    RunningServer,
    create_owner,
    scratch_folder,
    start_postgres,
    start_s3,
    start_valkey,
)
from shared.db.session import Database, DatabaseRole, make_engine
from shared.settings import DatabaseSettings, StorageSettings
from shared.storage.s3 import S3Store, make_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEMPLATE = "lesionlens"


@dataclass(frozen=True)
class Lab:
    """Real servers. Postgres is durable here: the promise under test is a commit."""

    folder: Path
    postgres: RunningServer
    valkey: RunningServer
    s3: RunningServer
    owner_password: str
    clinic_key: str
    clinic_id: str

    def database_url(self, name: str) -> str:
        return with_login(self.postgres.url, user=OWNER, password=self.owner_password, database=name)

    def storage(self) -> StorageSettings:
        store = self.s3.store
        return StorageSettings(
            s3_endpoint=store.endpoint,
            s3_bucket=store.bucket,
            s3_access_key=SecretStr(store.access_key),
            s3_secret_key=SecretStr(store.secret_key),
        )

    @contextmanager
    def new_database(self) -> Iterator[str]:
        """Yield the URL of a copy of the template, dropped at the end.

        By files, not through the log: a copy made that way takes over, of a sequence that was used before, how many
        numbers may be taken without a word in the log. After a crash those numbers come a second time.
        """
        name = f"faults_{secrets.token_hex(6)}"
        names = [sql.Identifier(part) for part in (name, TEMPLATE, OWNER)]
        self._administer(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy").format(*names))
        try:
            yield self.database_url(name)
        finally:
            self._administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(names[0]))

    @contextmanager
    def keeping_versions(self) -> Iterator[None]:
        """Let the bucket keep what is overwritten or deleted, as many an operator's does."""
        client, bucket = make_client(self.storage()), self.s3.store.bucket
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        try:
            yield
        finally:
            client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})

    def versions(self) -> dict[str, list[bytes]]:
        """Return every key that is not wholly gone, with each version's bytes. Weights are left out.

        A key of which nothing but the mark of a deletion is left comes with no bytes.
        """
        client, bucket = make_client(self.storage()), self.s3.store.bucket
        found: dict[str, list[bytes]] = {}
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for mark in page.get("DeleteMarkers", []):
                found.setdefault(mark["Key"], [])
            for each in page.get("Versions", []):
                if not each["Key"].startswith("models/"):
                    got = client.get_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
                    found.setdefault(each["Key"], []).append(got["Body"].read())
        return found

    def _administer(self, statement: sql.Composed) -> None:
        connection = psycopg2.connect(self.postgres.url, connect_timeout=10)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()


def database_settings(url: str, pool: int = 10) -> DatabaseSettings:
    return DatabaseSettings(database_url=SecretStr(url), database_pool_size=pool)


@contextmanager
def open_lab() -> Iterator[Lab]:
    """Start the servers and make the template; everything ends and is removed with the block."""
    with (
        scratch_folder() as folder,
        start_postgres(folder / "postgres", durable=True) as postgres,
        start_valkey(folder / "valkey") as valkey,
        start_s3(folder / "s3") as s3,
    ):
        password = secrets.token_hex(8)
        url = create_owner(postgres, database=TEMPLATE, password=password)
        _migrate(url)
        bare = Lab(folder, postgres, valkey, s3, password, "", "")
        clinic_id, key = _furnish(bare, url)
        try:
            yield Lab(folder, postgres, valkey, s3, password, key, clinic_id)
        finally:
            # What they hold is thrown away: there is nothing to say goodbye to.
            for server in (postgres, valkey, s3):
                server.kill()


def _migrate(url: str) -> None:
    engine = make_engine(database_settings(url), role=None)
    config = alembic_config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


def _furnish(lab: Lab, url: str) -> tuple[str, str]:
    """Register the tiny model and make a clinic; return the clinic's id and key."""
    store = S3Store(lab.storage())
    store.ensure_bucket()
    model = lab.folder / "model"
    write_development_model(model, seed=1)
    worker = Database(make_engine(database_settings(url), DatabaseRole.WORKER))
    gateway = Database(make_engine(database_settings(url), DatabaseRole.GATEWAY))
    try:
        model_id, _ = registry.register(worker, store, model)
        registry.activate(worker, model_id)
        created = clinics.create_clinic(gateway, "Faults", CLINIC_SCOPES)
        assert created.clinic_id
        return created.clinic_id, created.key
    finally:
        worker.close()
        gateway.close()
