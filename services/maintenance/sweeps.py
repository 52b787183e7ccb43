"""The short sweeps over rows. What they may change is decided in the life cycle; here is only how much at a time."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from sqlalchemy.orm import Session

from services.maintenance import repository
from shared.contracts.enums import DeliveryState, RunState
from shared.contracts.tasks import TaskName
from shared.db import lifecycle
from shared.db.session import Database
from shared.observability.logging import get_logger
from shared.queue.publish import Doorbell

_log = get_logger(__name__)

GoOn = Callable[[], bool]
State = TypeVar("State", RunState, DeliveryState)

_ROWS = 100
_WAITED = timedelta(seconds=1)
_RUNG_BEFORE = timedelta(seconds=30)
_SILENT_FOR = timedelta(minutes=10)
_DELIVERIES_KEPT = timedelta(days=30)
_DEVICES_KEPT = timedelta(days=30)
_CODES_KEPT = timedelta(days=1)


class Sweeps:
    """Each method is one sweep; `go_on` is asked before each batch and says whether this process is still to act."""

    def __init__(self, database: Database, doorbell: Doorbell, go_on: GoOn) -> None:
        self._database = database
        self._doorbell = doorbell
        self._go_on = go_on

    def leases(self) -> None:
        """Take runs from workers that gave no sign of life, and tell the others at once."""
        became = self._until_none("lease_lapsed", lifecycle.lapse_leases)
        if RunState.QUEUED in became:
            self._doorbell.ring(TaskName.INFERENCE_DRAIN)
        if became - {RunState.QUEUED}:
            self._doorbell.ring(TaskName.NOTIFIER_DRAIN)

    def deadlines(self) -> None:
        """End runs whose caller's deadline has passed; their clinics may want to hear of it."""
        if self._until_none("deadline_passed", lifecycle.end_overdue):
            self._doorbell.ring(TaskName.NOTIFIER_DRAIN)

    def deliveries(self) -> None:
        """Take webhooks from notifiers that have gone, and tell the others at once."""
        if DeliveryState.PENDING in self._until_none("delivery_lapsed", lifecycle.lapse_deliveries):
            self._doorbell.ring(TaskName.NOTIFIER_DRAIN)

    def old_deliveries(self) -> None:
        """Forget deliveries after 30 days, with all their tries, and secrets that no longer sign."""
        self._until_gone(
            "old_deliveries_deleted", lambda s: repository.delete_old_deliveries(s, _DELIVERIES_KEPT, _ROWS * 10)
        )
        with self._database.transaction() as session:
            repository.delete_expired_secrets(session)

    def doorbell(self) -> None:
        """Ring where a run waits that nobody seems to have heard of. One ring empties the queue, so one row is enough.

        A run that stays in the queue, because all workers are busy or none is there, is rung for every 30 s.
        """
        with self._database.transaction() as session:
            run_id = repository.unrung_run(session, waited=_WAITED, rung_before=_RUNG_BEFORE)
        if run_id is not None and self._doorbell.ring(TaskName.INFERENCE_DRAIN):
            with self._database.transaction() as session:
                repository.note_ring(session, run_id)
            _log.info("rung_again", run_id=run_id)

    def expired_answers(self) -> None:
        """Delete what was kept to answer repeated requests, once its time is over."""
        self._until_gone("expired_answers_deleted", lambda s: repository.delete_expired_answers(s, _ROWS * 10))

    def old_devices(self) -> None:
        """Forget codes after a day, tokens when they expire, and devices 30 days after they ended."""
        with self._database.transaction() as session:
            repository.delete_old_codes(session, _CODES_KEPT)
        self._until_gone("expired_tokens_deleted", lambda s: repository.delete_expired_tokens(s, _ROWS * 10))
        self._until_gone("old_devices_deleted", lambda s: repository.delete_old_devices(s, _DEVICES_KEPT, _ROWS))

    def silent_workers(self) -> None:
        """Delete the rows of working processes that have not shown themselves for ten minutes."""
        with self._database.transaction() as session:
            gone = repository.delete_silent_workers(session, _SILENT_FOR)
        for worker in gone:
            _log.warning("worker_silent", worker=worker)

    def counts(self) -> None:
        """Log how much there is to do."""
        with self._database.transaction() as session:
            counts = repository.counts(session)
        _log.info(
            "counts",
            waiting_live=counts.waiting_live,
            running=counts.running,
            ended_last_minute=counts.ended_last_minute,
            workers=counts.workers,
        )

    def _until_gone(self, event: str, batch: Callable[[Session], int]) -> None:
        gone = 0
        while self._go_on():
            with self._database.transaction() as session:
                deleted = batch(session)
            gone += deleted
            if not deleted:
                break
        if gone:
            _log.info(event, count=gone)

    def _until_none(self, event: str, batch: Callable[[Session, int], dict[str, State]]) -> set[State]:
        states: set[State] = set()
        while self._go_on():
            with self._database.transaction() as session:
                became = batch(session, _ROWS)
            for item_id, state in became.items():
                _log.warning(event, id=item_id, became=str(state))
            if not became:
                break
            states.update(became.values())
        return states
