"""The whole product on loopback with data of its own, and what its record says afterwards."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from pydantic import SecretStr
from sqlalchemy import text

from services.standalone.child import Child, Command
from services.standalone.ports import free_port
from services.standalone.servers import scratch_folder
from services.standalone.settings import PROJECT, inherited_environment
from services.standalone.stack import answers_ready
from services.standalone.state import read_state
from shared.db.session import Database, DatabaseRole, make_engine
from shared.settings import DatabaseSettings, StorageSettings
from shared.storage.s3 import S3Store

_READY_WITHIN_S: Final = 300.0
_LOOK_S: Final = 0.25
# One clinic sends everything here, faster than one clinic may.
_NO_LIMITS: Final = {"PHOTOS_PER_MINUTE": "1000000", "REQUESTS_PER_MINUTE": "1000000"}
_RUNS: Final = text(
    "SELECT r.case_id, r.state, extract(epoch FROM r.started_at), extract(epoch FROM r.finished_at),"
    " s.provenance -> 'durations_ms', s.model ->> 'backend'"
    " FROM runs r LEFT JOIN results s ON s.run_id = r.id WHERE r.case_id = ANY(:cases)"
)
_OPEN: Final = text("SELECT count(*) FROM runs WHERE case_id = ANY(:cases) AND state IN ('queued', 'running')")


@dataclass(frozen=True, slots=True)
class Sent:
    """A photo that was accepted. `began`: when its request began, in seconds of the wall clock."""

    case_id: str
    began: float
    took_s: float


@dataclass(frozen=True, slots=True)
class Run:
    """What became of it, by the clock of the wall. Runs of one claim have one `claimed`."""

    case_id: str
    claimed: float
    ended: float
    durations_ms: dict[str, float]
    backend: str


class Product:
    """A running `python -m services.standalone`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        known = read_state(folder)
        self.facts: dict[str, Any] = known
        headers = {"Authorization": f"Bearer {known['clinic_key']}"}
        self.api = httpx.Client(base_url=known["base_url"], headers=headers, timeout=120, trust_env=False)
        settings = DatabaseSettings(database_url=SecretStr(known["database_url"]))
        self.worker = Database(make_engine(settings, DatabaseRole.WORKER))
        self.owner = Database(make_engine(settings, role=None))
        store = known["s3"]
        self.store_settings = StorageSettings(
            s3_endpoint=store["endpoint"],
            s3_bucket=store["bucket"],
            s3_access_key=SecretStr(store["access_key"]),
            s3_secret_key=SecretStr(store["secret_key"]),
        )
        self.store = S3Store(self.store_settings)

    def close(self) -> None:
        self.api.close()
        self.worker.close()
        self.owner.close()

    def submit(self, photo: bytes) -> Sent:
        parts: dict[str, tuple[str | None, bytes, str]] = {
            "image": ("photo.jpg", photo, "image/jpeg"),
            "metadata": (None, b'{"modality": "dermoscopy"}', "application/json"),
        }
        wall, began = time.time(), time.perf_counter()
        answer = self.api.post("/v1/cases", files=parts)
        took = time.perf_counter() - began
        answer.raise_for_status()
        return Sent(answer.json()["id"], wall, took)

    def wait_for(self, case_id: str) -> str:
        """Hang in long polls, as the app does, and return the state in which the case ended."""
        version, state = 1, "accepted"
        while state in {"accepted", "processing"}:
            headers = {"Prefer": "wait=25", "If-None-Match": f'W/"{version}"'}
            answer = self.api.get(f"/v1/cases/{case_id}", headers=headers)
            if answer.status_code != httpx.codes.NOT_MODIFIED:
                body = answer.raise_for_status().json()
                version, state = body["version"], body["state"]
        return str(state)

    def open_of(self, sent: Sequence[Sent]) -> int:
        with self.worker.transaction() as session:
            return int(session.execute(_OPEN, {"cases": [each.case_id for each in sent]}).scalar_one())

    def runs(self, sent: Sequence[Sent], limit_s: float) -> list[Run]:
        """What became of these photos, in the order of their ends. All must have a result within `limit_s`."""
        deadline = time.monotonic() + limit_s
        while self.open_of(sent):
            assert time.monotonic() < deadline, f"{self.open_of(sent)} of {len(sent)} photos are open after {limit_s} s"
            time.sleep(_LOOK_S)
        with self.worker.transaction() as session:
            rows = session.execute(_RUNS, {"cases": [each.case_id for each in sent]}).all()
        bad = {state for _, state, *_ in rows} - {"succeeded"}
        assert not bad, f"photos of a bench must all be explained; some are {', '.join(sorted(bad))}"
        found = [
            Run(case_id, float(claimed), float(ended), durations, backend)
            for case_id, _, claimed, ended, durations, backend in rows
        ]
        return sorted(found, key=lambda run: run.ended)

    def resident_megabytes(self, service: str) -> float:
        pid = read_state(self.folder)["pids"][service]
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return round(int(line.split()[1]) / 1000, 1)


@contextmanager
def product(**told: str) -> Iterator[Product]:
    """Start everything on scratch data and free ports; it ends with the block, and with this process.

    `told`: further settings of the services, by the names of their environment.
    """
    with scratch_folder() as scratch:
        folder = scratch / "data"
        own = {"DATA_DIR": str(folder), "PORT": str(free_port())}
        environment = inherited_environment() | _NO_LIMITS | told | own
        argv = (sys.executable, "-m", "services.standalone")
        with Child(Command("product", argv, environment, cwd=PROJECT, stop_timeout_s=60)) as child:
            child.wait_ready(lambda: _is_ready(folder), _READY_WITHIN_S)
            running = Product(folder)
            try:
                yield running
            finally:
                running.close()


@contextmanager
def tutorial_server() -> Iterator[httpx.Client]:
    """Start the server that tutorials write; see there."""
    port = free_port()
    argv = (sys.executable, "-m", "bench.tutorial_server", str(port))
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    base_url = f"http://127.0.0.1:{port}"
    with (
        Child(Command("tutorial", argv, environment, cwd=PROJECT)) as child,
        httpx.Client(base_url=base_url, timeout=300, trust_env=False) as api,
    ):
        child.wait_ready(lambda: _answers(api), _READY_WITHIN_S)
        yield api


def _is_ready(folder: Path) -> bool:
    state = read_state(folder)
    return bool(state.get("ready")) and answers_ready(state["base_url"])


def _answers(api: httpx.Client) -> bool:
    try:
        return api.get("/healthz").is_success
    except httpx.TransportError:
        return False
