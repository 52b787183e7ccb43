"""The real worker process: Celery, a fork, a model, and work that comes by doorbell or, without a broker, by timer."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from services.inference import registry
from services.inference.model.development import write_development_model
from services.standalone.ports import free_port
from shared.contracts.enums import CaseState
from shared.contracts.tasks import TaskName
from shared.db import lifecycle
from shared.db.models import ModelVersion, Result, Run
from shared.db.models import Worker as WorkerRow
from shared.queue.publish import Doorbell
from shared.settings import BrokerSettings, StorageSettings
from tests.integration.inference.conftest import Ward, photo

Start = Callable[..., "Worker"]


class Worker:
    """A started worker and the JSON lines that it wrote so far."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.inference.worker"],
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
        found = (json.loads(line) for line in list(self.lines) if line.startswith("{"))
        return [line for line in found if line.get("event") == name]

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self._reader.join(5)
        return code


def until(condition: Callable[[], bool], seconds: float, what: str, worker: Worker) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} within {seconds} s\n" + "".join(worker.lines[-20:])
        time.sleep(0.02)


@pytest.fixture
def start(
    ward: Ward,  # noqa: ARG001 - the worker finds its model and bucket there
    database_url: str,
    storage_settings: StorageSettings,
    broker_settings: BrokerSettings,
    tmp_path: Path,
) -> Iterator[Start]:
    started: list[Worker] = []

    def begin(*, redis_url: str | None = None, poll_interval_s: float = 60, **more: str) -> Worker:
        worker = Worker(
            {
                "DATABASE_URL": database_url,
                "REDIS_URL": redis_url or broker_settings.redis_url.get_secret_value(),
                "S3_ENDPOINT": storage_settings.s3_endpoint,
                "S3_BUCKET": storage_settings.s3_bucket,
                "S3_ACCESS_KEY": storage_settings.s3_access_key.get_secret_value(),
                "S3_SECRET_KEY": storage_settings.s3_secret_key.get_secret_value(),
                "DATA_DIR": str(tmp_path),
                "POLL_INTERVAL_S": str(poll_interval_s),
                **more,
            }
        )
        started.append(worker)
        until(lambda: bool(worker.events("ready")), 60, "the worker is ready", worker)
        return worker

    yield begin
    for worker in started:
        if worker.process.poll() is None:
            worker.process.kill()
            worker.process.wait(10)


def test_a_doorbell_brings_the_work_and_sigterm_ends_the_worker(
    ward: Ward, start: Start, broker_settings: BrokerSettings
) -> None:
    worker = start()
    case_ids = [ward.submit(photo()) for _ in range(3)]
    assert Doorbell(broker_settings).ring(TaskName.INFERENCE_DRAIN)
    until(lambda: ward.states(case_ids) == [CaseState.COMPLETED] * 3, 20, "three cases are done", worker)
    assert worker.end() == 0
    assert len(worker.events("run_ended")) == 3


def test_without_a_broker_the_timer_finds_the_work(ward: Ward, start: Start) -> None:
    worker = start(redis_url=f"redis://127.0.0.1:{free_port()}/0", poll_interval_s=0.2)
    case_id = ward.submit(photo())
    until(lambda: ward.case(case_id).state == CaseState.COMPLETED, 20, "the case is done", worker)


def test_sigterm_ends_the_worker_in_seconds_with_a_backlog_and_nothing_is_held(ward: Ward, start: Start) -> None:
    case_ids = [ward.submit(photo()) for _ in range(200)]
    worker = start(poll_interval_s=0.1)
    until(lambda: len(worker.events("run_ended")) > 8, 20, "work has begun", worker)
    began = time.monotonic()
    assert worker.end() == 0
    assert time.monotonic() - began < 10
    states = set(ward.states(case_ids))
    assert CaseState.ACCEPTED in states, "a backlog was left"
    with ward.worker.transaction() as session:
        assert session.scalar(select(func.count()).where(Run.state == "running")) == 0
        assert session.scalar(select(func.max(Run.attempts)).where(Run.state == "queued")) == 0
        assert session.scalars(select(WorkerRow)).all() == []


def test_a_killed_working_process_is_replaced_and_its_runs_are_taken_up_again(ward: Ward, start: Start) -> None:
    worker = start(poll_interval_s=0.1, LEASE_S="1")
    case_ids = [ward.submit(photo()) for _ in range(60)]
    until(lambda: len(worker.events("run_ended")) > 4, 20, "work has begun", worker)
    os.kill(working_process(worker), signal.SIGKILL)

    def done() -> bool:
        with ward.worker.transaction() as session:
            lifecycle.lapse_leases(session)
        return set(ward.states(case_ids)) == {CaseState.COMPLETED}

    until(done, 40, "all cases are done", worker)
    assert len(worker.events("ready")) == 2


def test_the_working_process_ends_with_its_parent(start: Start) -> None:
    worker = start()
    child = working_process(worker)
    worker.process.kill()
    worker.process.wait(10)
    until(lambda: not Path(f"/proc/{child}").exists(), 10, "the child is gone", worker)


def working_process(worker: Worker) -> int:
    name = str(worker.events("ready")[-1]["worker"])
    return int(name.rpartition(":")[2])


def test_the_log_names_cases_and_runs_and_nothing_else_of_the_caller(ward: Ward, start: Start) -> None:
    worker = start(poll_interval_s=0.2)
    case_id = ward.submit(photo(), client_ref="planted-ref", subject_ref="planted-subject", lesion_ref="planted-mole")
    until(lambda: ward.case(case_id).state == CaseState.COMPLETED, 20, "the case is done", worker)
    worker.end()
    text = "".join(worker.lines)
    assert case_id in text
    assert "planted" not in text


def test_who_rings_while_the_process_ends_is_told_that_nobody_heard(broker_settings: BrokerSettings) -> None:
    """A photo that was accepted in that moment is accepted: nothing is raised over it."""
    doorbell = Doorbell(broker_settings)
    with ThreadPoolExecutor(8) as threads:
        heard = threading.Event()

        def ring_on() -> bool:
            while doorbell.ring(TaskName.INFERENCE_DRAIN):
                heard.set()
            return True

        ringing = [threads.submit(ring_on) for _ in range(8)]
        assert heard.wait(20)
        doorbell.close()
        assert all(each.result(20) for each in ringing)
    assert not doorbell.ring(TaskName.INFERENCE_DRAIN)


def test_a_doorbell_without_a_broker_is_quick_and_then_silent() -> None:
    doorbell = Doorbell(BrokerSettings(redis_url=SecretStr(f"redis://127.0.0.1:{free_port()}/0")))
    began = time.monotonic()
    assert not doorbell.ring(TaskName.INFERENCE_DRAIN)
    assert time.monotonic() - began < 3, "0.2 s for the connection, and room for a busy machine"
    began = time.monotonic()
    for _ in range(100):
        assert not doorbell.ring(TaskName.INFERENCE_DRAIN)
    assert time.monotonic() - began < 0.5, "none is tried for 5 s after a failure"


def test_a_worker_switches_models_under_a_stream_of_photos(ward: Ward, start: Start, tmp_path: Path) -> None:
    write_development_model(tmp_path / "other", seed=2)
    other, _ = registry.register(ward.worker, ward.store, tmp_path / "other")
    worker = start(poll_interval_s=0.1)
    case_ids: list[str] = []
    # Each photo goes to the model that is active when it comes, as the gateway has it: there and back, twice.
    for active in (ward.model, other, ward.model, other, ward.model):
        registry.activate(ward.worker, active)
        case_ids += [replace(ward, model=active).submit(photo()) for _ in range(25)]
    until(lambda: set(ward.states(case_ids)) == {CaseState.COMPLETED}, 40, "all cases are done", worker)
    with ward.worker.transaction() as session:
        rows = session.execute(
            select(Run.model_version_id, ModelVersion.version, Result.model["version"].astext, Run.attempts)
            .join(ModelVersion, ModelVersion.id == Run.model_version_id)
            .join(Result, Result.run_id == Run.id)
        ).all()
    assert len(rows) == len(case_ids)
    assert {row.model_version_id for row in rows} == {ward.model, other}
    assert [row for row in rows if row[1] != row[2]] == [], "each result names the model that its run names"
    assert {row.attempts for row in rows} == {1}
    assert len(worker.events("ready")) == 1, "no restart"
    assert len(worker.events("model_loaded")) == 2, "each was loaded once, and both kept"
