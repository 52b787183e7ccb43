"""One experiment's product: a database of its own, and the processes that the experiment starts and ends."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.standalone.ports import free_port
from services.standalone.secret_files import new_fernet_key, new_password
from services.standalone.settings import inherited_environment
from services.standalone.stack import answers_ready
from shared.db.session import make_engine
from shared.storage.s3 import S3Store
from tests.faults.lab import Lab, database_settings
from tests.faults.load import Load, client_for
from tests.faults.supervised import Supervised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import httpx

LEASE_S = 2.0
SWEEP_S = 1.0
GRACE_S = 20.0
_TICK_S = 0.02
_START_LIMIT_S = 60.0


class World:
    """Use from the main thread. Wait with `until`, which also keeps the processes alive."""

    def __init__(self, lab: Lab, database_url: str, folder: Path) -> None:
        self.lab = lab
        self.database_url = database_url
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.store = S3Store(lab.storage())
        self._secrets_keys, self._address_key = new_fernet_key(), new_password()
        self.processes: list[Supervised] = []
        self._owner = make_engine(database_settings(database_url, 2), role=None)

    # -- processes

    def environment(self, **more: str) -> dict[str, str]:
        store = self.lab.s3.store
        return inherited_environment() | {
            "DATABASE_URL": self.database_url,
            "DATABASE_CONNECT_TIMEOUT_S": "1",
            "REDIS_URL": self.lab.valkey.url,
            "S3_ENDPOINT": store.endpoint,
            "S3_BUCKET": store.bucket,
            "S3_ACCESS_KEY": store.access_key,
            "S3_SECRET_KEY": store.secret_key,
            "S3_CONNECT_TIMEOUT_S": "1",
            "SECRETS_KEYS": self._secrets_keys,
            "ADDRESS_KEY": self._address_key,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DATA_DIR": str(self.folder),
            "DEVICE": "cpu",
            "TORCH_THREADS": "1",
            "LEASE_S": str(LEASE_S),
            "SWEEP_INTERVAL_S": str(SWEEP_S),
            "POLL_INTERVAL_S": "0.5",
            "RETRY_DELAY_S": "0.5",
            "LONGEST_WAIT_S": "1000000",  # a queue that is long on purpose is no reason to refuse
            **more,
        }

    def start(self, name: str, *arguments: str, **env: str) -> Supervised:
        process = Supervised(name, arguments, self.environment(**env))
        self.processes.append(process)
        return process

    def start_gateway(self, module: str = "services.gateway.main", *arguments: str) -> Supervised:
        return self.start("gateway", module, *arguments)

    def start_worker(self, **env: str) -> Supervised:
        return self.start("worker", "services.inference.worker", **env)

    def start_maintenance(self, **env: str) -> Supervised:
        return self.start("maintenance", "services.maintenance", **env)

    def start_all(self, workers: int = 1) -> list[Supervised]:
        """Start gateway, maintenance and workers, and return the workers once everything is ready."""
        self.start_gateway()
        self.start_maintenance()
        started = [self.start_worker() for _ in range(workers)]
        self.until_gateway()
        self.until_ready(started)
        return started

    def until_gateway(self) -> None:
        assert self.until(lambda: answers_ready(self.url), _START_LIMIT_S), self._last_words()

    def until_ready(self, workers: Sequence[Supervised]) -> None:
        ready = self.until(lambda: all(worker.events("ready") for worker in workers), _START_LIMIT_S)
        assert ready, self._last_words()

    def _last_words(self) -> str:
        return "\n".join(f"{each.name}: {line}" for each in self.processes for line in each.lines[-10:])

    def step(self) -> None:
        for process in self.processes:
            process.step()

    def until(self, condition: Callable[[], object], limit_s: float) -> bool:
        """Keep the processes alive until `condition` holds; return whether it came to that."""
        give_up = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > give_up:
                return False
            self.step()
            time.sleep(_TICK_S)
        return True

    def pass_time(self, seconds: float) -> None:
        self.until(lambda: False, seconds)

    # -- client

    def connect(self) -> httpx.Client:
        return client_for(self.url, self.lab.clinic_key)

    def load(self, name: str, count: int, **options: Any) -> Load:
        return Load(self.connect, name, count, **options)

    def submit(self, name: str, count: int, **options: Any) -> Load:
        """Post `count` photos and return when all have their answer."""
        load = self.load(name, count, **options)
        self.until(lambda: load.done, 600)
        return load

    # -- record

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """Return what the owner, who sees every clinic, reads. A cut connection is tried anew for a while."""
        for _ in range(50):
            try:
                with self._owner.begin() as connection:
                    return list(connection.execute(text(statement), values).all())
            except DBAPIError as error:
                if not error.connection_invalidated and not _unreachable(error):
                    raise
                time.sleep(0.2)
        raise AssertionError("the database does not answer")

    def change(self, statement: str, **values: Any) -> None:
        with self._owner.begin() as connection:
            connection.execute(text(statement), values)

    def open_cases(self) -> int:
        return int(self.rows("SELECT count(*) FROM cases WHERE state IN ('accepted', 'processing')")[0][0])

    def settle(self, limit_s: float = 3600) -> None:
        """Wait until every case has ended, or until none has for longer than lease, sweep and grace."""
        best, moved = self.open_cases(), time.monotonic()
        give_up = moved + limit_s
        while best and time.monotonic() - moved < LEASE_S + SWEEP_S + GRACE_S and time.monotonic() < give_up:
            self.pass_time(0.2)
            now = self.open_cases()
            if now < best:
                best, moved = now, time.monotonic()

    def close(self) -> None:
        for process in self.processes:
            process.kill()
        self._owner.dispose()


def _unreachable(error: DBAPIError) -> bool:
    return type(error.orig).__name__ == "OperationalError"


@contextmanager
def open_world(lab: Lab, name: str) -> Iterator[World]:
    folder = lab.folder / name
    folder.mkdir(exist_ok=True)
    with lab.new_database() as url:
        world = World(lab, url, folder)
        try:
            yield world
        finally:
            world.close()
