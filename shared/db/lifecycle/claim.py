"""Taking runs, and holding on to them."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session

from shared.contracts.enums import CaseState, RunQueue, RunState
from shared.db.lifecycle.gate import bulk_allowance
from shared.db.lifecycle.transitions import BULK, event
from shared.db.models import Case, Run
from shared.db.records import ClaimedRun


def claim_runs(
    session: Session,
    *,
    worker: str,
    queue: RunQueue,
    limit: int,
    lease: timedelta,
    without_models: Collection[str] = (),
) -> list[ClaimedRun]:
    """Take up to `limit` due runs, oldest first, each with a new fence and one more attempt (I3, I4).

    A run whose last attempt ended in a lapsed lease is taken alone, before the others: if its photo kills workers, it
    takes no neighbour with it. Bulk runs are taken as far as the gate allows. Runs of `without_models` are left to
    others, or for later.
    """
    if queue is RunQueue.BULK:
        limit = bulk_allowance(session, limit)
    if not limit:
        return []
    ids = _due(session, queue, without_models, lapsed=True, limit=1) or _due(
        session, queue, without_models, lapsed=False, limit=limit
    )
    if not ids:
        return []
    _take(session, ids, worker, lease)
    _start_cases(session, ids)
    rows = session.execute(select(Run, Case).join(Case, Case.id == Run.case_id).where(Run.id.in_(ids))).all()
    claimed = {run.id: ClaimedRun.of(run, case) for run, case in rows}
    return [claimed[run_id] for run_id in ids]


def _take(session: Session, ids: Sequence[str], worker: str, lease: timedelta) -> None:
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
        execution_options=BULK,
    )


def extend_leases(session: Session, runs: Sequence[ClaimedRun], lease: timedelta) -> set[str]:
    """Give a sign of life for runs that are held; return the ids of those that still are."""
    held = session.scalars(
        update(Run)
        .where(
            Run.state == RunState.RUNNING,
            tuple_(Run.id, Run.fence).in_([(run.run_id, run.fence) for run in runs]),
        )
        .values(lease_until=func.now() + lease)
        .returning(Run.id),
        execution_options=BULK,
    )
    return set(held)


def _due(
    session: Session, queue: RunQueue, without_models: Collection[str], *, lapsed: bool, limit: int
) -> Sequence[str]:
    others = (Run.model_version_id.not_in(without_models),) if without_models else ()
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
            *others,
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
        execution_options=BULK,
    ).all()
    session.add_all(
        event(clinic_id, case_id, CaseState.PROCESSING, version, run_id)
        for clinic_id, case_id, version, run_id in started
    )
