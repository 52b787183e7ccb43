"""Signs of life, from a thread of its own: leases of the runs in hand, and this process's row for health."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.db import lifecycle, presence
from shared.db.records import ClaimedRun
from shared.db.session import Database
from shared.errors import TransientError
from shared.observability.logging import get_logger

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which process this is: `name` is host and process id, `details` says what an operator wants to know of it."""

    name: str
    details: Callable[[], dict[str, Any]]


class Presence:
    """Extends the leases of the batches in hand, keeps the row current. `seconds_since_look` comes from the drain."""

    def __init__(
        self, database: Database, identity: Identity, *, lease_s: float, seconds_since_look: Callable[[], float]
    ) -> None:
        self._database = database
        self._identity = identity
        self._lease = timedelta(seconds=lease_s)
        self._seconds_since_look = seconds_since_look
        self._lock = threading.Lock()
        self._held: frozenset[ClaimedRun] = frozenset()
        self._ended = 0

    @contextmanager
    def holding(self, runs: Sequence[ClaimedRun]) -> Iterator[None]:
        """Keep the leases of `runs` for the length of the block."""
        with self._lock:
            self._held |= set(runs)
        try:
            yield
        finally:
            with self._lock:
                self._held -= set(runs)
                self._ended += len(runs)

    def show(self) -> None:
        """Give one sign of life. An outage is logged: the leases lapse then, and the fence sees to the rest."""
        with self._lock:
            held, ended = sorted(self._held, key=lambda run: run.run_id), self._ended
        try:
            with self._database.transaction() as session:
                kept = lifecycle.extend_leases(session, held, self._lease) if held else set()
                presence.show(
                    session,
                    self._identity.name,
                    "inference",
                    looked_ago_s=self._seconds_since_look(),
                    ended=ended,
                    details=self._identity.details(),
                )
        except TransientError as error:
            _log.warning("sign_of_life_failed", error=error.code)
            return
        with self._lock:
            lost = [run.run_id for run in held if run in self._held and run.run_id not in kept]
        if lost:
            _log.warning("runs_no_longer_held", run_ids=lost)

    def leave(self) -> None:
        """Take the row away, when the process ends in order."""
        try:
            with self._database.transaction() as session:
                presence.leave(session, self._identity.name)
        except TransientError as error:
            _log.warning("row_not_removed", error=error.code)
