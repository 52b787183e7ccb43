"""What benches of the worker put photos through: a database with one clinic and one model, and a bucket."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from pydantic import SecretStr

from bench.history import store_of
from migrations.__main__ import alembic_config
from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CLINIC_SCOPES
from services.inference import registry
from services.inference.claim import Claims
from services.standalone.servers import create_owner, scratch_folder, start_postgres, start_s3
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.records import NewCase
from shared.db.session import Database, DatabaseRole, make_engine
from shared.observability.logging import configure
from shared.settings import DatabaseSettings, LogSettings
from shared.storage import keys
from shared.storage.s3 import S3Store

BATCH = 8
_LEASE_S = 600


@dataclass(frozen=True)
class Ward:
    """`database` and `claims` are the worker's. `environment`: where a worker's process finds record and store."""

    database: Database
    store: S3Store
    claims: Claims
    clinic_id: str
    model_id: str
    gateway: Database
    environment: dict[str, str]

    def submit(self, photos: Sequence[bytes]) -> None:
        """Accept photos as the gateway does: the object first, then the rows."""
        for photo in photos:
            case_id = new_id(IdPrefix.CASE)
            self.store.put(keys.incoming(case_id), photo, media_type="image/jpeg")
            case = NewCase(
                case_id=case_id,
                clinic_id=self.clinic_id,
                model_version_id=self.model_id,
                incoming_key=keys.incoming(case_id),
                source_sha256=hashlib.sha256(photo).hexdigest(),
                source_bytes=len(photo),
                source_media_type="image/jpeg",
                described={"modality": "dermoscopy"},
            )
            with self.gateway.transaction(self.clinic_id) as session:
                lifecycle.accept_case(session, case)


@contextmanager
def open_ward(model_folder: Path) -> Iterator[Ward]:
    """Start the servers, and register and activate the model; all ends with the context."""
    configure("bench", LogSettings(log_level="WARNING"))
    with (
        scratch_folder() as folder,
        start_postgres(folder / "postgres") as postgres,
        start_s3(folder / "s3") as s3,
    ):
        url = create_owner(postgres, password="bench")  # noqa: S106 - a server of this minute, on loopback
        settings = DatabaseSettings(database_url=SecretStr(url))
        engine = make_engine(settings, role=None)
        with engine.connect() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        engine.dispose()
        worker, gateway = (
            Database(make_engine(settings, role)) for role in (DatabaseRole.WORKER, DatabaseRole.GATEWAY)
        )
        storage = store_of(s3)
        store = S3Store(storage)
        model_id, _ = registry.register(worker, store, model_folder)
        registry.activate(worker, model_id)
        clinic_id = clinics.create_clinic(gateway, "bench", CLINIC_SCOPES).clinic_id
        assert clinic_id
        claims = Claims(worker, worker="bench", limit=BATCH, lease_s=_LEASE_S)
        environment = {
            "DATABASE_URL": url,
            "S3_ENDPOINT": storage.s3_endpoint,
            "S3_BUCKET": storage.s3_bucket,
            "S3_ACCESS_KEY": storage.s3_access_key.get_secret_value(),
            "S3_SECRET_KEY": storage.s3_secret_key.get_secret_value(),
        }
        yield Ward(worker, store, claims, clinic_id, model_id, gateway, environment)
        worker.close()
        gateway.close()
