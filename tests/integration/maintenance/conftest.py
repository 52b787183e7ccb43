"""A clinic with photos in the store and rows in the record, and maintenance as a process of its own."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from PIL import Image

from shared.db import lifecycle
from shared.db.models import Case, Run
from shared.db.records import ClaimedRun, CleanImage
from shared.db.session import Database
from shared.settings import BrokerSettings, StorageSettings
from shared.storage import keys
from shared.storage.s3 import S3Store
from tests.integration.campaigns import Study
from tests.integration.records import accept, add_clinic, add_model, claim, some_answer, some_artifacts

GPS = 0x8825


def until(condition: Callable[[], bool], what: str, within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def photo_with_gps() -> bytes:
    picture, out = Image.new("RGB", (64, 48), (190, 130, 110)), io.BytesIO()
    exif = Image.Exif()
    exif.get_ifd(GPS).update({1: "N", 2: (47.0, 22.0, 30.0), 3: "E", 4: (8.0, 32.0, 10.0)})
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


@dataclass
class Practice:
    """A clinic and a model's row. No worker runs: what one would have done is done by hand, or left half done."""

    gateway: Database
    worker: Database
    store: S3Store
    clinic: str
    model: str

    def submit(self, **described: object) -> str:
        """Accept a photo as the gateway does."""
        case = accept(self.gateway, self.clinic, self.model, **described)
        self.store.put(keys.incoming(case.id), photo_with_gps(), media_type="image/jpeg")
        return case.id

    def complete(self, case_id: str) -> ClaimedRun:
        """Do what a worker does up to its commit, and nothing after it: the photo as sent stays where it is."""
        run = self.claim(case_id)
        artifacts = some_artifacts(run)
        image = CleanImage(
            key=keys.clean_image(case_id, run.run_id, run.fence, "image/jpeg"),
            sha256="0" * 64,
            media_type="image/jpeg",
            width=64,
            height=48,
        )
        for key in (image.key, *(artifact.key for artifact in artifacts)):
            self.store.put(key, b"made by a worker", media_type="application/octet-stream")
        with self.worker.transaction() as session:
            assert lifecycle.record_answer(session, run, some_answer(), artifacts, image)
        return run

    def fail(self, case_id: str) -> ClaimedRun:
        run = self.claim(case_id)
        with self.worker.transaction() as session:
            assert lifecycle.record_failure(session, run, "undecodable_image")
        return run

    def cancel(self, case_id: str) -> None:
        with self.gateway.transaction(self.clinic) as session:
            lifecycle.cancel_case(session, session.get_one(Case, case_id))

    def claim(self, case_id: str, lease_s: float = 60) -> ClaimedRun:
        """Take the one run that is due; it must be this case's."""
        (run,) = claim(self.worker, lease_s=lease_s)
        assert run.case_id == case_id
        return run

    def case(self, case_id: str) -> Case:
        with self.worker.transaction() as session:
            return session.get_one(Case, case_id)

    def run(self, case_id: str) -> Run:
        with self.worker.transaction() as session:
            return session.get_one(Run, session.get_one(Case, case_id).first_run_id)

    def objects(self) -> set[str]:
        """Return all keys but those of the erasure ledger, which stays."""
        return {key for key in self.store.list_keys("") if not key.startswith(keys.LEDGER)}


def practice_of(gateway: Database, worker: Database, store: S3Store) -> Practice:
    """Add the first rows to an empty record."""
    with gateway.transaction() as session:
        clinic = add_clinic(session)
    with worker.transaction() as session:
        model = add_model(session)
    return Practice(gateway, worker, store, clinic, model)


@pytest.fixture
def practice(gateway_database: Database, worker_database: Database, store: S3Store) -> Practice:
    return practice_of(gateway_database, worker_database, store)


@pytest.fixture
def study(gateway_database: Database, worker_database: Database) -> Study:
    with gateway_database.transaction() as session:
        clinic = add_clinic(session)
    with worker_database.transaction() as session:
        model = add_model(session)
    return Study(gateway_database, worker_database, clinic, model)


class Maintenance:
    """A started process and the JSON lines that it wrote so far."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.maintenance"],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))
        self.process.stdout.close()

    def events(self, name: str) -> list[dict[str, object]]:
        found = (json.loads(line) for line in list(self.lines))
        return [line for line in found if line["event"] == name]

    def says(self, name: str, times: int = 1) -> None:
        until(lambda: len(self.events(name)) >= times, f"never said {name}:\n" + "".join(self.lines[-20:]), 20)

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(10)
        self._reader.join(5)
        return code

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


Start = Callable[..., Maintenance]


@pytest.fixture
def start(
    database_url: str,
    storage_settings: StorageSettings,
    broker_settings: BrokerSettings,
) -> Iterator[Start]:
    """Give a function that starts the process; its keywords are further settings."""
    started: list[Maintenance] = []
    environment = {
        "DATABASE_URL": database_url,
        "REDIS_URL": broker_settings.redis_url.get_secret_value(),
        "S3_ENDPOINT": storage_settings.s3_endpoint,
        "S3_BUCKET": storage_settings.s3_bucket,
        "S3_ACCESS_KEY": storage_settings.s3_access_key.get_secret_value(),
        "S3_SECRET_KEY": storage_settings.s3_secret_key.get_secret_value(),
        "SWEEP_INTERVAL_S": "0.2",
    }

    def begin(**more: str) -> Maintenance:
        started.append(Maintenance({**environment, **more}))
        return started[-1]

    yield begin
    for maintenance in started:
        maintenance.kill()
