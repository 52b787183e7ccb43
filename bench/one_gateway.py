"""One gateway process with servers of its own, on loopback, and rows for a bench to start from."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from alembic import command
from pydantic import SecretStr

from migrations.__main__ import alembic_config
from services.gateway.clinics.schemas import CLINIC_SCOPES, CreatedKey
from services.gateway.clinics.service import create_clinic
from services.standalone.ports import free_port
from services.standalone.secret_files import new_fernet_key, new_password
from services.standalone.servers import create_owner, scratch_folder, start_postgres, start_s3, start_valkey
from shared.contracts.enums import ModelState
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.models import ModelVersion
from shared.db.records import NewCase
from shared.db.session import Database, DatabaseRole, make_engine
from shared.settings import DatabaseSettings, StorageSettings
from shared.storage import keys
from shared.storage.s3 import S3Store

_MANIFEST = Path(__file__).parents[1] / "models" / "lesionlens-dermoscopy" / "manifest.json"


@dataclass(frozen=True)
class OneGateway:
    port: int
    pid: int
    gateway: Database
    worker: Database
    model_id: str

    def resident_bytes(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def core_seconds(self) -> float:
        """Return the processor time that the process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def clinics(self, count: int) -> list[CreatedKey]:
        return [create_clinic(self.gateway, f"bench {number}", CLINIC_SCOPES) for number in range(count)]

    def cases(self, clinic: CreatedKey, count: int) -> list[str]:
        """Accept so many cases without photos, and return them."""
        assert clinic.clinic_id
        made = [self._case(clinic.clinic_id) for _ in range(count)]
        with self.gateway.transaction(clinic.clinic_id) as session:
            for case in made:
                lifecycle.accept_case(session, case)
        return [case.case_id for case in made]

    def _case(self, clinic_id: str) -> NewCase:
        case_id = new_id(IdPrefix.CASE)
        return NewCase(
            case_id=case_id,
            clinic_id=clinic_id,
            model_version_id=self.model_id,
            incoming_key=keys.incoming(case_id),
            source_sha256=secrets.token_hex(32),
            source_bytes=1,
            source_media_type="image/jpeg",
            described={"modality": "dermoscopy"},
        )


@contextmanager
def one_gateway() -> Iterator[OneGateway]:
    """Start Postgres, Valkey, S3 and the gateway; they end with the block."""
    with (
        scratch_folder() as folder,
        start_postgres(folder / "postgres", durable=True) as postgres,
        start_valkey(folder / "valkey") as valkey,
        start_s3(folder / "s3") as s3,
    ):
        url = create_owner(postgres, password=secrets.token_hex(8))
        storage = StorageSettings(
            s3_endpoint=s3.url,
            s3_bucket="bench",
            s3_access_key=SecretStr(s3.store.access_key),
            s3_secret_key=SecretStr(s3.store.secret_key),
        )
        S3Store(storage).ensure_bucket()
        settings = DatabaseSettings(database_url=SecretStr(url))
        _migrate(settings)
        gateway, worker = (
            Database(make_engine(settings, role)) for role in (DatabaseRole.GATEWAY, DatabaseRole.WORKER)
        )
        model_id = _model(worker)
        with _process(url, valkey.url, storage) as (port, pid):
            yield OneGateway(port, pid, gateway, worker, model_id)
        gateway.close()
        worker.close()


@contextmanager
def _process(database_url: str, redis_url: str, storage: StorageSettings) -> Iterator[tuple[int, int]]:
    port = free_port()
    environment = {
        **os.environ,
        "PORT": str(port),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "S3_ENDPOINT": storage.s3_endpoint,
        "S3_BUCKET": storage.s3_bucket,
        "S3_ACCESS_KEY": storage.s3_access_key.get_secret_value(),
        "S3_SECRET_KEY": storage.s3_secret_key.get_secret_value(),
        "SECRETS_KEYS": new_fernet_key(),
        "ADDRESS_KEY": new_password(),
    }
    command_line = [sys.executable, "-m", "services.gateway.main"]
    process = subprocess.Popen(command_line, env=environment, stdout=subprocess.DEVNULL)
    try:
        _until_ready(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def _migrate(settings: DatabaseSettings) -> None:
    engine = make_engine(settings, role=None)
    config = alembic_config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


def _model(worker: Database) -> str:
    manifest = json.loads(_MANIFEST.read_text(encoding="utf-8"))
    model = ModelVersion(
        id=new_id(IdPrefix.MODEL),
        name=manifest["name"],
        version="0" * 64,
        state=ModelState.ACTIVE,
        manifest=manifest,
        weights_sha256="1" * 64,
        weights_key="models/none",
    )
    with worker.transaction() as session:
        session.add(model)
        session.flush()
        return model.id


def _until_ready(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, "the gateway did not become ready"
        time.sleep(0.1)
