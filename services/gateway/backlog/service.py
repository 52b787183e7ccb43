"""Decides whether one more photo can be promised an answer in time, and tells each how long it may wait.

One snapshot a second and process, however many ask. Numbers are estimates; no promise hangs on them.
"""

import math
import threading
import time
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate

from services.gateway.backlog import repository
from services.gateway.backlog.repository import Pace, Tail, Waiting, WorkerSeen
from services.gateway.refusals import BacklogFull
from shared.db.session import Database
from shared.errors import DatabaseUnavailable

_GOOD_FOR_S = 1.0
_LONGEST_RETRY_S = 300


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The queue at one moment. Added up once: a page asks for 50 positions."""

    waiting: Waiting = field(default_factory=Waiting)
    pace: Pace = field(default_factory=lambda: Pace(0, 0, 0))
    workers: list[WorkerSeen] = field(default_factory=list)
    access_log_tail: Tail = field(default_factory=Tail)
    past_retention: int = 0
    _runs_before: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_runs_before", list(accumulate(self.waiting.runs, initial=0)))

    @property
    def queued(self) -> int:
        return self._runs_before[-1]

    @property
    def workers_alive(self) -> int:
        return sum(worker.looks for worker in self.workers)

    @property
    def runs_per_second(self) -> float | None:
        """How fast work goes while there is some; None where none has ended in the last minute."""
        return self.pace.ended / self.pace.busy_seconds if self.pace.busy_seconds else None

    def position(self, enqueued_at: datetime) -> int:
        """Return how many live runs are before one queued at that time, to the second."""
        return self._runs_before[bisect_left(self.waiting.seconds, math.floor(enqueued_at.timestamp()))]

    def wait_s(self, runs_before: int) -> int | None:
        """Return in how many seconds so many runs are done, and the one after them; None where nobody can tell."""
        pace = self.runs_per_second
        return None if pace is None else math.ceil((runs_before + self.pace.running + 1) / pace)


class Backlog:
    """The current snapshot, taken anew when it is older than a second. Safe to use from many threads."""

    def __init__(self, database: Database, *, longest_wait_s: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._longest_wait_s = longest_wait_s
        self._clock = clock
        self._lock = threading.Lock()
        self._snapshot = Snapshot()
        self._taken_at = -math.inf

    def snapshot(self) -> Snapshot:
        """Return the snapshot; where the database cannot be asked, or another thread is asking, the one before."""
        if self._clock() - self._taken_at > _GOOD_FOR_S and self._lock.acquire(blocking=False):
            try:
                self._snapshot = self._take()
            except DatabaseUnavailable:
                self._snapshot = Snapshot()
            finally:
                self._taken_at = self._clock()
                self._lock.release()
        return self._snapshot

    def admit(self) -> None:
        """Let one more photo in. Raises BacklogFull where it would wait longer than the operator allows."""
        now = self.snapshot()
        wait = now.wait_s(now.queued)
        if wait is not None and wait > self._longest_wait_s:
            raise BacklogFull(wait, min(_LONGEST_RETRY_S, max(1, wait - self._longest_wait_s)))

    def _take(self) -> Snapshot:
        with self._database.transaction() as session:
            return Snapshot(
                repository.waiting(session),
                repository.pace(session),
                repository.workers(session),
                repository.tail(session),
                repository.past_retention(session),
            )
