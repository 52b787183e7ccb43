"""Writes outcomes to the record: one guarded transaction for a batch, then the objects that are no longer needed."""

import time
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from services.inference.outcomes import Answered, Failed, Outcome, Returned
from services.inference.watchdog import Watchdog
from shared.contracts.enums import RunState
from shared.db import lifecycle
from shared.db.records import ClaimedRun
from shared.db.session import Database
from shared.errors import DatabaseUnavailable, LesionlensError, StoreUnavailable
from shared.observability.logging import get_logger
from shared.observability.tracing import trace_id_of
from shared.queue.worker_process import Stop
from shared.storage import keys
from shared.storage.base import ObjectStore

_log = get_logger(__name__)
_BETWEEN_COMMITS_S = 0.5


class Results:
    """The last step of the pipeline."""

    def __init__(
        self,
        database: Database,
        store: ObjectStore,
        stop: Stop,
        watchdog: Watchdog,
        *,
        retry_delay_s: float,
        patience_s: float = 0.0,
    ) -> None:
        self._database = database
        self._store = store
        self._stop = stop
        self._watchdog = watchdog
        self._retry_delay = timedelta(seconds=retry_delay_s)
        self._patience_s = patience_s

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Commit the batch. A run that another worker has taken over since is left as it is (I3).

        While the database is away the finished work is kept and tried again, for as long as a lease may last and this
        process is not to stop; then DatabaseUnavailable.
        """
        ended = self._commit_patiently(outcomes)
        for outcome, state in zip(outcomes, ended, strict=True):
            _tell(outcome, state)
        self._put_away([pair for pair in zip(outcomes, ended, strict=True) if pair[1] not in {None, RunState.QUEUED}])

    def _commit_patiently(self, outcomes: Sequence[Outcome]) -> list[RunState | None]:
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                return self._commit(outcomes)
            except DatabaseUnavailable:
                if time.monotonic() > deadline or self._stop.is_set():
                    raise
                self._watchdog.alive()  # waiting is no hang
                _log.warning("commit_postponed", runs=len(outcomes))
                time.sleep(_BETWEEN_COMMITS_S)

    def _commit(self, outcomes: Sequence[Outcome]) -> list[RunState | None]:
        """Commit all at once; where one outcome cannot be written, each by itself, and that one as a fault of ours."""
        try:
            with self._database.transaction() as session:
                return [self._write(session, outcome) for outcome in outcomes]
        except DBAPIError as error:
            if len(outcomes) > 1:
                return [state for outcome in outcomes for state in self._commit([outcome])]
            (outcome,) = outcomes
            if isinstance(outcome, Failed):
                raise
            run = outcome.run
            _log.error("outcome_not_written", case_id=run.case_id, run_id=run.run_id, exc_info=error)
            return self._commit([Failed(run, "internal_error")])

    def _write(self, session: Session, outcome: Outcome) -> RunState | None:
        match outcome:
            case Answered(run, answer, image, artifacts):
                return lifecycle.record_answer(session, run, answer, artifacts, image)
            case Failed(run, code, image):
                return lifecycle.record_failure(session, run, code, image)
            case Returned(run):
                return lifecycle.give_back(session, run, delay=self._retry_delay)

    def _put_away(self, ended: Sequence[tuple[Outcome, RunState | None]]) -> None:
        """Drop each photo as it was sent: its cleaned image is on record now, or it goes to quarantine.

        Where the store fails here, `incoming_key` stays in the row and says what is left to do.
        """
        gone = [
            outcome.run.case_id
            for outcome, state in ended
            if outcome.run.incoming_key and self._drop_incoming(outcome, state)
        ]
        if gone:
            with self._database.transaction() as session:
                lifecycle.forget_incoming(session, gone)

    def _drop_incoming(self, outcome: Outcome, state: RunState | None) -> bool:
        run = outcome.run
        key = keys.incoming(run.case_id)
        unread = isinstance(outcome, Failed) and outcome.image is None and run.image is None
        try:
            if unread and state is RunState.FAILED:
                self._quarantine(run, key)
            self._store.delete(key)
        except StoreUnavailable:
            _log.warning("incoming_not_deleted", case_id=run.case_id)
            return False
        return True

    def _quarantine(self, run: ClaimedRun, key: str) -> None:
        try:
            self._store.copy(key, keys.quarantine(run.case_id))
        except LesionlensError as error:
            if isinstance(error, StoreUnavailable):
                raise
            _log.warning("nothing_to_quarantine", case_id=run.case_id, error=error.code)


def _tell(outcome: Outcome, state: RunState | None) -> None:
    run = outcome.run
    ids = {"case_id": run.case_id, "run_id": run.run_id, "fence": run.fence, "attempt": run.attempts}
    ids |= trace_id_of(run.traceparent)
    code = {} if isinstance(outcome, Answered) else {"code": outcome.code}
    if state is None:
        _log.warning("fence_stale", **ids)
    elif state is RunState.QUEUED:
        _log.warning("run_given_back", **code, **ids)
    else:
        _log.info("run_ended", outcome=str(state), **code, **ids)
