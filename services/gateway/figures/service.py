"""Keeps the figures for as long as they may be looked at again: those of a day cost more, and change less."""

import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from services.gateway.figures import repository
from services.gateway.figures.repository import Figure, Question
from shared.db.session import Database
from shared.errors import DatabaseUnavailable

_LATELY_FOR_S: Final = 5.0
_OF_DAY_FOR_S: Final = 60.0


class Kept:
    """One question's answer. Who asks while another thread does gets the one before; nobody waits."""

    def __init__(self, ask: Question, seconds: float, clock: Callable[[], float]) -> None:
        self._ask = ask
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._figures: Sequence[Figure] = ()
        self._asked_at = -math.inf

    def figures(self, database: Database) -> Sequence[Figure]:
        if self._clock() - self._asked_at > self._seconds and self._lock.acquire(blocking=False):
            try:
                with database.transaction() as session:
                    self._figures = self._ask(session)
            except DatabaseUnavailable:
                self._figures = ()  # old numbers would say that all is well
            finally:
                self._asked_at = self._clock()
                self._lock.release()
        return self._figures


class Figures:
    """All of them, per process. Safe to use from many threads."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._kept = (
            Kept(repository.lately, _LATELY_FOR_S, clock),
            Kept(repository.of_day, _OF_DAY_FOR_S, clock),
            Kept(repository.of_drift, _OF_DAY_FOR_S, clock),
        )

    def all(self) -> list[Figure]:
        """Return what is known; nothing where the database cannot be asked."""
        return [figure for kept in self._kept for figure in kept.figures(self._database)]
