"""What the maintenance process ends or gives back because its worker, or its time, has gone. A batch a call."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from shared.contracts.enums import RunState
from shared.db.lifecycle.transitions import BULK, RunOfCase, end_case, end_run
from shared.db.models import Case, Run

ATTEMPTS_EXHAUSTED = "attempts_exhausted"
TIMED_OUT = "timed_out"


def lapse_leases(session: Session, limit: int = 100) -> dict[str, RunState]:
    """Take runs from workers that gave no sign of life: back to the queue, to be claimed alone, or, at the cap, failed.

    Returns what each became. Who held such a run finds its fence stale, if it still lives.
    """
    became: dict[str, RunState] = {}
    lapsed = and_(Run.state == RunState.RUNNING, Run.lease_until < func.now())
    for run, attempts_left in _locked(session, lapsed, limit):
        if run.cancel_requested_at is None and attempts_left:
            session.execute(
                update(Run)
                .where(Run.id == run.id)
                .values(state=RunState.QUEUED, lapsed=True, worker=None, lease_until=None, next_attempt_at=func.now()),
                execution_options=BULK,
            )
            became[run.id] = RunState.QUEUED
        else:
            became[run.id] = _end(session, run, RunState.FAILED, ATTEMPTS_EXHAUSTED)
    return became


def end_overdue(session: Session, limit: int = 100) -> dict[str, RunState]:
    """End runs whose caller's deadline has passed: `expired` in the queue, `timed_out` at work."""
    overdue = and_(Run.deadline_at <= func.now(), or_(Run.state == RunState.QUEUED, Run.state == RunState.RUNNING))
    became: dict[str, RunState] = {}
    for run, _ in _locked(session, overdue, limit):
        if run.state == RunState.QUEUED:
            became[run.id] = _end(session, run, RunState.EXPIRED, None)
        else:
            became[run.id] = _end(session, run, RunState.TIMED_OUT, TIMED_OUT)
    return became


def _locked(session: Session, which: ColumnElement[bool], limit: int) -> Sequence[tuple[Run, bool]]:
    rows = session.execute(
        select(Run, Run.attempts < Run.max_attempts)
        .where(which)
        .order_by(Run.id)
        .limit(limit)
        .with_for_update(skip_locked=True),
        execution_options={"populate_existing": True},
    )
    return [(run, bool(left)) for run, left in rows]


def _end(session: Session, run: Run, state: RunState, code: str | None) -> RunState:
    ended = end_run(session, (Run.id == run.id,), state, code) or state
    first = session.scalar(select(Case.first_run_id).where(Case.id == run.case_id))
    values = {"error_code": code} if code is not None and ended is state else {}
    end_case(session, RunOfCase(run.id, run.case_id, run.clinic_id, is_first=first == run.id), ended, values)
    return ended
