"""The life of a case. The only code that writes case.state, run.state, case.version and events; it never commits.

Workers act under the fence that they claimed (I3): where another has taken over since, a call changes nothing and
says so. Every change of a case takes the next version and writes the one event that carries it, in the caller's
transaction (I5, I6).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shared.contracts.enums import CaseState, RunQueue, RunState
from shared.contracts.ids import IdPrefix, new_id
from shared.contracts.lifecycle import CASE_STATE_OF_FIRST_RUN, EVENT_OF_CASE_STATE, OPEN_CASE_STATES
from shared.db.models import Artifact, Case, Event, Result, Run
from shared.db.records import Answer, ClaimedRun, CleanImage, NewCase


def accept_case(session: Session, new: NewCase) -> Case:
    """Add a case, its first run and its first event. A commit makes them the promise that the 202 gives."""
    run_id = new_id(IdPrefix.RUN)
    case = Case(
        id=new.case_id,
        clinic_id=new.clinic_id,
        state=CaseState.ACCEPTED,
        version=1,
        first_run_id=run_id,
        incoming_key=new.incoming_key,
        source_sha256=new.source_sha256,
        source_bytes=new.source_bytes,
        source_media_type=new.source_media_type,
        **new.described,
    )
    session.add(case)
    session.flush()
    session.add(
        Run(
            id=run_id,
            case_id=case.id,
            clinic_id=case.clinic_id,
            model_version_id=new.model_version_id,
            queue=RunQueue.LIVE,
            state=RunState.QUEUED,
            deadline_at=case.deadline_at,
        )
    )
    session.add(_event(case.clinic_id, case.id, CaseState.ACCEPTED, 1, run_id))
    session.flush()
    session.refresh(case)
    return case


def claim_runs(session: Session, *, worker: str, queue: RunQueue, limit: int, lease: timedelta) -> list[ClaimedRun]:
    """Take up to `limit` due runs, oldest first, each with a new fence and one more attempt (I3, I4).

    A run whose last attempt ended in a lapsed lease is taken alone, before the others: if its photo kills workers, it
    takes no neighbour with it.
    """
    ids = _due(session, queue, lapsed=True, limit=1) or _due(session, queue, lapsed=False, limit=limit)
    if not ids:
        return []
    session.execute(
        update(Run)
        .where(Run.id.in_(ids))
        .values(
            state=RunState.RUNNING,
            fence=Run.fence + 1,
            attempts=Run.attempts + 1,
            worker=worker,
            lease_until=func.now() + lease,
            started_at=func.coalesce(Run.started_at, func.now()),
        ),
        execution_options={"synchronize_session": False},
    )
    _start_cases(session, ids)
    rows = session.execute(select(Run, Case).join(Case, Case.id == Run.case_id).where(Run.id.in_(ids))).all()
    claimed = {run.id: ClaimedRun.of(run, case) for run, case in rows}
    return [claimed[run_id] for run_id in ids]


def _due(session: Session, queue: RunQueue, *, lapsed: bool, limit: int) -> Sequence[str]:
    return session.scalars(
        select(Run.id)
        .where(
            Run.state == RunState.QUEUED,
            Run.queue == queue,
            Run.lapsed.is_(lapsed),
            Run.next_attempt_at <= func.now(),
            Run.attempts < Run.max_attempts,
            Run.cancel_requested_at.is_(None),
            (Run.deadline_at.is_(None)) | (Run.deadline_at > func.now()),
        )
        .order_by(Run.priority, Run.enqueued_at, Run.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def _start_cases(session: Session, run_ids: Sequence[str]) -> None:
    started = session.execute(
        update(Case)
        .where(Case.first_run_id.in_(run_ids), Case.state == CaseState.ACCEPTED)
        .values(state=CaseState.PROCESSING, version=Case.version + 1)
        .returning(Case.clinic_id, Case.id, Case.version, Case.first_run_id),
        execution_options={"synchronize_session": False},
    ).all()
    session.add_all(
        _event(clinic_id, case_id, CaseState.PROCESSING, version, run_id)
        for clinic_id, case_id, version, run_id in started
    )


def record_answer(
    session: Session, run: ClaimedRun, answer: Answer, artifacts: Sequence[Artifact], image: CleanImage | None
) -> bool:
    """End a run with its result: `succeeded` with a decision and its four artifacts, `rejected` without either.

    `image` names the stored photo where this run made it. Returns False, with nothing written, if the fence is stale.
    """
    state = RunState.SUCCEEDED if answer.decision is not None else RunState.REJECTED
    if not _end_run(session, run, state):
        return False
    session.add(Result(run_id=run.run_id, case_id=run.case_id, clinic_id=run.clinic_id, **answer.columns()))
    session.add_all(artifacts)
    _end_case(session, run, state, {"published_run_id": run.run_id}, image)
    return True


def record_failure(session: Session, run: ClaimedRun, code: str, image: CleanImage | None = None) -> bool:
    """End a run for a cause that lies in the photo or in the model; False where the fence is stale."""
    if not _end_run(session, run, RunState.FAILED, code):
        return False
    _end_case(session, run, RunState.FAILED, {"error_code": code}, image)
    return True


def give_back(session: Session, run: ClaimedRun, *, delay: timedelta) -> bool:
    """Return a run to the queue for a cause outside its photo, with its attempt refunded (I4); False where stale."""
    given = session.execute(
        update(Run)
        .where(*_held(run))
        .values(
            state=RunState.QUEUED,
            attempts=Run.attempts - 1,
            worker=None,
            lease_until=None,
            next_attempt_at=func.now() + delay,
        )
        .returning(Run.id),
        execution_options={"synchronize_session": False},
    )
    return given.scalar() is not None


def forget_incoming(session: Session, case_ids: Sequence[str]) -> None:
    """Note that the objects as they were sent are gone from the store."""
    session.execute(
        update(Case).where(Case.id.in_(case_ids)).values(incoming_key=None),
        execution_options={"synchronize_session": False},
    )


def _held(run: ClaimedRun) -> tuple[Any, ...]:
    return (Run.id == run.run_id, Run.state == RunState.RUNNING, Run.fence == run.fence)


def _end_run(session: Session, run: ClaimedRun, state: RunState, code: str | None = None) -> bool:
    ended = session.execute(
        update(Run)
        .where(*_held(run))
        .values(state=state, finished_at=func.now(), lease_until=None, error_code=code)
        .returning(Run.id),
        execution_options={"synchronize_session": False},
    )
    return ended.scalar() is not None


def _end_case(
    session: Session, run: ClaimedRun, run_state: RunState, values: dict[str, Any], image: CleanImage | None
) -> None:
    """Mirror the end of a first run in its case. A re-run never touches the state of its case (I1)."""
    stored = {} if image is None else image.columns()
    if not run.is_first:
        if stored:
            session.execute(update(Case).where(Case.id == run.case_id).values(**stored))
        return
    state = CASE_STATE_OF_FIRST_RUN[run_state]
    version = session.execute(
        update(Case)
        .where(Case.id == run.case_id, Case.state.in_(OPEN_CASE_STATES))
        .values(state=state, version=Case.version + 1, **values, **stored)
        .returning(Case.version),
        execution_options={"synchronize_session": False},
    ).scalar_one()
    session.add(_event(run.clinic_id, run.case_id, state, version, run.run_id))


def _event(clinic_id: str, case_id: str, state: CaseState, version: int, run_id: str) -> Event:
    return Event(
        id=new_id(IdPrefix.EVENT),
        clinic_id=clinic_id,
        case_id=case_id,
        version=version,
        type=EVENT_OF_CASE_STATE[state],
        run_id=run_id,
        data={"state": str(state)},
    )


def utc_deadline(now: datetime, seconds: int | None) -> datetime | None:
    """Return when a case expires; None, the default, means never (I9)."""
    return None if seconds is None else now + timedelta(seconds=seconds)
