"""The moments between two effects of a worker on the world, numbered, and what happens at one of them.

A boundary lies before and after each statement, commit, call of the object store, decoding and pass of the network.
Threads that only give signs of life are not counted, so there are as many in every run with one photo, and their order
is the same but for what a run leaves: its objects are put at once.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import Connection, Engine, event

from shared.db.session import Confinement, Database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from shared.storage.base import ObjectHead, ObjectListing, ObjectStore

_SIGNS_OF_LIFE = "timer"


class Boundaries:
    """Counts, and at number `at` (from 1) sends this process `number`; with `at` 0 it only counts."""

    def __init__(self, at: int, number: signal.Signals = signal.SIGKILL) -> None:
        self._at = at
        self._number = number
        self._lock = threading.Lock()
        self._armed = False
        self.passed: list[str] = []

    def arm(self) -> None:
        self._armed = True

    def disarm(self) -> None:
        self._armed = False

    def cross(self, name: str) -> None:
        if not self._armed or threading.current_thread().name == _SIGNS_OF_LIFE:
            return
        with self._lock:
            self.passed.append(name)
            here = len(self.passed) == self._at
        if here:
            os.kill(os.getpid(), self._number)

    @contextmanager
    def around(self, name: str) -> Iterator[None]:
        self.cross(f"before {name}")
        yield
        self.cross(f"after {name}")


class WatchedDatabase(Database):
    """The real database; a boundary before each statement, before each commit and after it."""

    def __init__(self, engine: Engine, boundaries: Boundaries) -> None:
        super().__init__(engine)
        self._boundaries = boundaries

        @event.listens_for(engine, "before_cursor_execute")
        def before_statement(_c: Connection, _cursor: object, statement: str, *_: object) -> None:
            boundaries.cross(f"before {' '.join(statement.split()[:3])}")

        @event.listens_for(engine, "commit")
        def before_commit(_: Connection) -> None:
            boundaries.cross("before COMMIT")

    @contextmanager
    def transaction(
        self,
        clinic_id: str | None = None,
        *,
        operator: bool = False,
        confined: Confinement | None = None,
        presented: bytes | None = None,
    ) -> Iterator[Session]:
        with super().transaction(clinic_id, operator=operator, confined=confined, presented=presented) as session:
            yield session
        self._boundaries.cross("after COMMIT")


class WatchedStore:
    """The real store; a boundary before and after each call that reads or changes objects."""

    def __init__(self, store: ObjectStore, boundaries: Boundaries) -> None:
        self._store = store
        self._around = boundaries.around

    def put(self, key: str, data: bytes | BinaryIO, *, media_type: str) -> None:
        with self._around(f"put {_kind(key)}"):
            self._store.put(key, data, media_type=media_type)

    def get(self, key: str) -> bytes:
        with self._around(f"get {_kind(key)}"):
            return self._store.get(key)

    def stream(self, key: str) -> Iterator[bytes]:
        return self._store.stream(key)

    def head(self, key: str) -> ObjectHead | None:
        return self._store.head(key)

    def copy(self, source: str, target: str) -> None:
        with self._around(f"copy {_kind(source)}"):
            self._store.copy(source, target)

    def delete(self, key: str) -> None:
        with self._around(f"delete {_kind(key)}"):
            self._store.delete(key)

    def list_keys(self, prefix: str) -> Iterator[str]:
        return self._store.list_keys(prefix)

    def list_objects(self, prefix: str) -> Iterator[ObjectListing]:
        return self._store.list_objects(prefix)

    def erase(self, prefix: str) -> int:
        return self._store.erase(prefix)

    def holds(self, prefix: str) -> bool:
        return self._store.holds(prefix)

    def check(self) -> None:
        self._store.check()


def _kind(key: str) -> str:
    return key.rpartition("/")[2] if key.startswith("cases/") else key.partition("/")[0]
