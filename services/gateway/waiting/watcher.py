"""The one thread per process that watches for changed cases on behalf of everybody who waits.

A notice of Postgres makes it quick; the question it asks each second makes it right, whether notices come or not.
"""

import math
import socket
import threading
import time
from typing import Final, Protocol

from services.gateway.waiting.waiters import Waiters
from shared.errors import DatabaseUnavailable
from shared.observability.logging import get_logger

_log = get_logger(__name__)

# An answer may rest on "nothing was told of" while the last good look is not older than so many intervals.
_GOOD_FOR: Final = 3


class Ear(Protocol):
    """What the watcher needs of its connection; `repository.Listener` says the rest."""

    def open(self) -> None: ...

    def close(self) -> None: ...

    def hear(self, seconds: float, interrupt: int) -> list[tuple[str, int]]: ...

    def newer(self, versions: dict[str, int]) -> list[tuple[str, int]]: ...


class Watcher:
    """Starts with the first who waits, and then runs until `stop`."""

    def __init__(self, ear: Ear, waiters: Waiters, *, interval_s: float = 1.0) -> None:
        self._ear = ear
        self._waiters = waiters
        self._interval_s = interval_s
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._looked_at = -math.inf
        self._interrupted, self._interrupter = socket.socketpair()

    def start(self) -> None:
        """Start, where it has not. For one thread."""
        if self._thread is None and not self._stopping.is_set():
            self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop and close the connection; returns when that is done."""
        self._stopping.set()
        self._interrupter.send(b"x")
        if self._thread is not None:
            self._thread.join()
        self._interrupter.close()
        self._interrupted.close()

    @property
    def fresh(self) -> bool:
        """Whether every change up to a moment ago has been told."""
        return time.monotonic() - self._looked_at < _GOOD_FOR * self._interval_s

    def _run(self) -> None:
        lost = False
        while not self._stopping.is_set():
            try:
                self._ear.open()
                if lost:
                    _log.info("watcher_reconnected")
                lost = False
                self._watch()
            except DatabaseUnavailable:
                if not lost:
                    _log.warning("watcher_disconnected")
                lost = True
                self._stopping.wait(self._interval_s)
        self._ear.close()

    def _watch(self) -> None:
        """Tell what is new until told to stop. Raises DatabaseUnavailable."""
        due = time.monotonic()
        while not self._stopping.is_set():
            if time.monotonic() >= due:
                due = time.monotonic() + self._interval_s
                self._look()
            self._waiters.told(self._ear.hear(due - time.monotonic(), self._interrupted.fileno()))

    def _look(self) -> None:
        versions = self._waiters.versions()
        if versions:
            self._waiters.told(self._ear.newer(versions))
        # Without anybody there is nothing to ask: whoever joins has yet to look for himself.
        self._looked_at = time.monotonic()
