"""Claim, work, commit, until nothing is found. Doorbell and timer both call it: a deaf broker costs latency only."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from shared.db.records import ClaimedRun
from shared.errors import TransientError
from shared.observability.logging import get_logger

_log = get_logger(__name__)


class Stop(Protocol):
    """Set from outside once this process is to claim no more. A threading or a multiprocessing event fits."""

    def is_set(self) -> bool: ...


class Drain:
    """One a process. Concurrent calls do not queue up: whoever holds the lock finds what the others came for."""

    def __init__(
        self, take: Callable[[], list[ClaimedRun]], work: Callable[[Sequence[ClaimedRun]], None], stop: Stop
    ) -> None:
        self._take = take
        self._work = work
        self._stop = stop
        self._lock = threading.Lock()
        self._again = threading.Event()
        self._looked_at = time.monotonic()

    def seconds_since_look(self) -> float:
        """Seconds since this process last claimed, or looked and found nothing: what health is judged by."""
        return time.monotonic() - self._looked_at

    def __call__(self) -> int:
        """Return how many runs were worked on. An outage ends the call, not the process: the timer comes back."""
        done = 0
        self._again.set()
        while self._again.is_set() and not self._stop.is_set():
            if not self._lock.acquire(blocking=False):
                # The holder has not looked for the last time yet: it clears the event before it looks.
                return done
            try:
                self._again.clear()
                done += self._until_empty()
            except TransientError as error:
                _log.warning("drain_interrupted", error=error.code)
                return done
            finally:
                self._lock.release()
        return done

    def _until_empty(self) -> int:
        done = 0
        while not self._stop.is_set():
            runs = self._take()
            self._looked_at = time.monotonic()
            if not runs:
                break
            self._work(runs)
            done += len(runs)
        return done


class Timer:
    """Calls `action` every `interval_s` seconds in a thread of its own, until closed."""

    def __init__(self, action: Callable[[], object], interval_s: float) -> None:
        self._action = action
        self._interval_s = interval_s
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="timer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the thread after the call in progress."""
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed.wait(self._interval_s):
            try:
                self._action()
            except Exception:  # noqa: BLE001 - see below
                # The timer is the second way to all work; it must outlive whatever one look met.
                _log.exception("timer_call_failed")
