"""Bulk work gives way: its gate closes while live work is slow, and opens again once it is quick or there is none."""

from datetime import timedelta

from services.maintenance import rerun_repository as repository
from services.maintenance.rerun_repository import Pace
from shared.contracts.tasks import TaskName
from shared.db import lifecycle
from shared.db.session import Database
from shared.observability.logging import get_logger
from shared.queue.publish import Doorbell

_log = get_logger(__name__)

_WINDOW = timedelta(minutes=1)
_QUIET_FOR = timedelta(seconds=10)
_OPENS_BELOW = 0.8
"""Of the limit. Between the two the gate stays as it is, or it would flap with every photo."""


class Governor:
    """Looks at the pace of live work and sets the gate that claims of bulk work go by."""

    def __init__(self, database: Database, doorbell: Doorbell, *, limit_s: float) -> None:
        self._database = database
        self._doorbell = doorbell
        self._limit_s = limit_s

    def act(self) -> None:
        with self._database.transaction() as session:
            was_open = repository.gate_is_open(session)
            pace = repository.live_pace(session, limit_s=self._limit_s, window=_WINDOW, quiet_for=_QUIET_FOR)
            is_open = opens(pace, self._limit_s, was_open=was_open)
            lifecycle.set_gate(session, is_open=is_open, live_p95_s=pace.p95_s, live_at=pace.live_at)
        if is_open is not was_open:
            _log.info("bulk_gate", open=is_open, live_p95_s=pace.p95_s, limit_s=self._limit_s)
        if is_open and not was_open:
            self._doorbell.ring(TaskName.INFERENCE_DRAIN)


def opens(pace: Pace, limit_s: float, *, was_open: bool) -> bool:
    """Return whether bulk work is let in from now on."""
    if pace.quiet or pace.p95_s is None:
        return True
    if pace.p95_s > limit_s:
        return False
    return was_open or pace.p95_s < _OPENS_BELOW * limit_s
