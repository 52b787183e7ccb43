"""A place with cases in record and store, backups of it in a folder, and an empty place on another server."""

import hashlib
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from services.backup.folder import Folder
from services.backup.making import Making
from services.backup.manifest import Manifest
from services.backup.restoring import Restored, Restoring, Wishes
from services.backup.settings import BackupSettings
from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CLINIC_SCOPES, CreatedKey
from services.maintenance.access_sealer import Sealer
from services.standalone.servers import RunningServer, create_owner, scratch_folder, start_postgres
from shared.contracts.enums import LesionClass
from shared.db import lifecycle
from shared.db.session import Database, DatabaseRole, make_engine
from shared.settings import BrokerSettings, StorageSettings
from shared.storage import keys
from shared.storage.s3 import S3Store
from tests.integration.conftest import Servers, database_settings, fresh_bucket, fresh_database
from tests.integration.gateway.conftest import add_real_model, client_of, serving, settings_for
from tests.integration.gateway.photos import jpeg
from tests.integration.gateway.worked_cases import finish
from tests.integration.records import accept

PARTS = ("", "/image", "/overlay", "/layer", "/heatmap", "/runs", "/events")
LABELS = (LesionClass.MEL, LesionClass.NV, LesionClass.BCC)
WEIGHTS = b"weights of a model"
NOTHING_SPECIAL = Wishes(backup=None, replace=False, ledgers=[], without_ledger=False)


@dataclass
class Place:
    """A database and a bucket, as the owner and as the services see them."""

    url: str
    storage: StorageSettings
    owner: Engine
    gateway: Database
    worker: Database
    store: S3Store

    def settings(self) -> BackupSettings:
        return BackupSettings(database_url=SecretStr(self.url), **self.storage.model_dump())

    def environment(self) -> dict[str, str]:
        """Return what the command line reads."""
        return {
            "DATABASE_URL": self.url,
            "S3_ENDPOINT": self.storage.s3_endpoint,
            "S3_BUCKET": self.storage.s3_bucket,
            "S3_ACCESS_KEY": self.storage.s3_access_key.get_secret_value(),
            "S3_SECRET_KEY": self.storage.s3_secret_key.get_secret_value(),
        }

    def back_up(self, folder: Path, store: S3Store | None = None) -> tuple[Path, Manifest]:
        return Making(self.settings(), Folder(folder), store).run(keep=None)

    def restore(self, folder: Path, wishes: Wishes = NOTHING_SPECIAL, store: S3Store | None = None) -> Restored:
        return Restoring(self.settings(), Folder(folder), wishes, store).run()

    def rows(self, query: str, **values: object) -> list[Any]:
        """Ask as the owner, on a connection that is closed again: a restore wants to be alone."""
        with self.owner.connect() as connection:
            found = list(connection.execute(text(query), values))
        self.owner.dispose()
        return found

    def leave(self) -> None:
        """Close what the services hold open."""
        for each in (self.gateway, self.worker):
            each.close()
        self.owner.dispose()

    def objects(self, without: str = "") -> dict[str, bytes]:
        """Return every object but the ledger's, and but those of one case."""
        names = (key for key in self.store.list_keys("") if not key.startswith(keys.LEDGER))
        return {key: self.store.get(key) for key in names if not without or without not in key}


@contextmanager
def place_at(url: str, storage: StorageSettings) -> Iterator[Place]:
    place = Place(
        url,
        storage,
        make_engine(database_settings(url), role=None),
        Database(make_engine(database_settings(url), DatabaseRole.GATEWAY)),
        Database(make_engine(database_settings(url), DatabaseRole.WORKER)),
        S3Store(storage),
    )
    yield place
    place.leave()


@dataclass
class Clinic:
    """A clinic with three cases that ended, of which one was erased after the backup, and one that is open.

    `answers`: what the clinic was given of the others, byte by byte. `backups`: do not touch, copy.
    """

    place: Place
    key: CreatedKey
    kept: list[str]
    erased: str
    open: str
    backups: Path
    backup: str
    answers: dict[str, bytes]


@pytest.fixture(scope="module")
def clinic(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    backups = tmp_path_factory.mktemp("backups")
    with fresh_database(servers) as url, place_at(url, fresh_bucket(servers)) as place:
        place.store.ensure_bucket()
        place.store.put("models/none", WEIGHTS, media_type="application/octet-stream")
        key = clinics.create_clinic(place.gateway, "One", CLINIC_SCOPES)
        *kept, erased, waiting = submitted(place, str(key.clinic_id), add_real_model(place.worker))
        with place.owner.begin() as connection:
            digest = {"digest": hashlib.sha256(WEIGHTS).hexdigest()}
            connection.execute(text("UPDATE model_versions SET weights_sha256 = :digest"), digest)
        Sealer(place.worker).act()
        backup, _ = place.back_up(backups)
        answers = given(place, servers, key, kept)
        with place.gateway.transaction(key.clinic_id) as session:
            assert lifecycle.erase_case(session, str(key.clinic_id), erased, key.key_id)
        place.leave()
        yield Clinic(place, key, kept, erased, waiting, backups, backup.name, answers)


def submitted(place: Place, clinic_id: str, model_id: str) -> list[str]:
    """Accept four photos and bring three of them to an end."""
    cases = []
    for number in range(len(LABELS) + 1):
        case = accept(place.gateway, clinic_id, model_id, client_ref=f"visit-{number}", subject_ref=f"person-{number}")
        place.store.put(keys.incoming(case.id), jpeg(number), media_type="image/jpeg")
        cases.append(case.id)
        if number < len(LABELS):
            finish(place.worker, place.store, LABELS[number])
    return cases


@contextmanager
def served(place: Place, servers: Servers) -> Iterator[str]:
    broker = BrokerSettings(redis_url=SecretStr(servers.valkey.url))
    with serving(settings_for(place.url, place.storage, broker)) as url:
        yield url


def given(place: Place, servers: Servers, key: CreatedKey, cases: list[str]) -> dict[str, bytes]:
    """Return what a clinic is given of these cases, byte by byte."""
    with served(place, servers) as url:
        return answers_at(url, key, cases)


def answers_at(url: str, key: CreatedKey, cases: list[str]) -> dict[str, bytes]:
    with client_of(url, key) as client:
        found = {f"{case}{part}": client.get(f"/v1/cases/{case}{part}") for case in cases for part in PARTS}
    assert {each.status_code for each in found.values()} == {200}
    return {path: each.content for path, each in found.items()}


@pytest.fixture
def folder(clinic: Clinic, tmp_path: Path) -> Path:
    """A copy of the folder of backups, for this test."""
    return Path(shutil.copytree(clinic.backups, tmp_path / "backups"))


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[RunningServer]:
    """Another Postgres, which knows none of our roles."""
    with scratch_folder() as folder, start_postgres(folder / "postgres") as server:
        yield server


@pytest.fixture
def empty(servers: Servers, elsewhere: RunningServer) -> Iterator[Place]:
    """A database without tables on the other server, and a bucket that nobody has made."""
    url = create_owner(elsewhere, database=f"test_{secrets.token_hex(6)}")
    with place_at(url, fresh_bucket(servers)) as place:
        yield place
