"""What a worker writes about a run that it holds. Each call names the fence; a stale one changes nothing (I3)."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, func, update
from sqlalchemy.orm import Session

from shared.contracts.enums import RunState
from shared.db.lifecycle.transitions import BULK, RunOfCase, end_case, end_run
from shared.db.models import Artifact, Case, Result, Run
from shared.db.records import Answer, ClaimedRun, CleanImage


def record_answer(
    session: Session, run: ClaimedRun, answer: Answer, artifacts: Sequence[Artifact], image: CleanImage | None
) -> RunState | None:
    """End a run with its result: `succeeded` with a decision and its four artifacts, `rejected` without either.

    `image` names the stored photo where this run made it. Returns the state in which the run ended, `canceled` where
    that was asked for meanwhile: the result is thrown away then. None, with nothing written, if the fence is stale.
    """
    ended = end_run(session, _held(run), RunState.REJECTED if answer.decision is None else RunState.SUCCEEDED)
    if ended is None:
        return None
    if ended is RunState.CANCELED:
        end_case(session, _of(run), ended, {})
        return ended
    session.add(Result(run_id=run.run_id, case_id=run.case_id, clinic_id=run.clinic_id, **answer.columns()))
    session.add_all(artifacts)
    _store_image(session, run, image)
    end_case(session, _of(run), ended, {"published_run_id": run.run_id})
    return ended


def record_failure(session: Session, run: ClaimedRun, code: str, image: CleanImage | None = None) -> RunState | None:
    """End a run for a cause that lies in the photo or in the model; returns as `record_answer` does."""
    ended = end_run(session, _held(run), RunState.FAILED, code)
    if ended is None:
        return None
    if ended is RunState.FAILED:
        _store_image(session, run, image)
    end_case(session, _of(run), ended, {"error_code": code} if ended is RunState.FAILED else {})
    return ended


def give_back(session: Session, run: ClaimedRun, *, delay: timedelta) -> RunState | None:
    """Return a run to the queue for a cause outside its photo, with its attempt refunded (I4).

    Returns `queued`, or `canceled` where that was asked for meanwhile; None where the fence is stale.
    """
    given = session.execute(
        update(Run)
        .where(*_held(run), Run.cancel_requested_at.is_(None))
        .values(
            state=RunState.QUEUED,
            attempts=Run.attempts - 1,
            worker=None,
            lease_until=None,
            next_attempt_at=func.now() + delay,
        )
        .returning(Run.id),
        execution_options=BULK,
    ).scalar()
    if given is not None:
        return RunState.QUEUED
    ended = end_run(session, _held(run), RunState.CANCELED)
    if ended is not None:
        end_case(session, _of(run), ended, {})
    return ended


def forget_incoming(session: Session, case_ids: Sequence[str]) -> None:
    """Note that the objects as they were sent are gone from the store."""
    session.execute(update(Case).where(Case.id.in_(case_ids)).values(incoming_key=None), execution_options=BULK)


def _store_image(session: Session, run: ClaimedRun, image: CleanImage | None) -> None:
    if image is not None:
        session.execute(update(Case).where(Case.id == run.case_id).values(**image.columns()), execution_options=BULK)


def _held(run: ClaimedRun) -> tuple[ColumnElement[bool], ...]:
    return (Run.id == run.run_id, Run.state == RunState.RUNNING, Run.fence == run.fence)


def _of(run: ClaimedRun) -> RunOfCase:
    return RunOfCase(run.run_id, run.case_id, run.clinic_id, run.is_first)
