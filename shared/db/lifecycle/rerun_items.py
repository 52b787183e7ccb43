"""The cases of a campaign: whose turn comes gets a run, and what became of that run is noted. A chunk a call.

Whoever calls holds the campaign's row. Its items change under that lock alone, its runs also at the hands of workers:
a run that somebody is claiming at this moment is passed over, never waited for. Runs are made in the order of their
cases, so that two who make some do not wait for each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, and_, case, exists, func, literal, null, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.contracts.enums import CaseState, Reprocess, RerunItemState, RunQueue, RunState, SkipReason
from shared.contracts.ids import IdPrefix, new_id
from shared.contracts.lifecycle import ITEM_STATE_OF_RUN
from shared.db.lifecycle.subject import consent_withdrawn
from shared.db.lifecycle.transitions import BULK, end_run
from shared.db.models import Case, Rerun, RerunItem, Run

_OPEN = (RerunItemState.PLANNED, RerunItemState.QUEUED)
_WITH_RESULT = (RunState.SUCCEEDED, RunState.REJECTED)
_REPAIRABLE = (CaseState.FAILED, CaseState.EXPIRED)
# As the partial index `uq_runs_one_active` says it (I2).
_ACTIVE = text("state IN ('queued', 'running')")


@dataclass(frozen=True, slots=True)
class Settled:
    """How many items have ended with their runs; `failed` are among them, those without a result for any cause."""

    ended: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Fed:
    """How many items got a run, and how many none, because their case has changed since they were planned."""

    queued: int = 0
    skipped: int = 0


def any_left(session: Session, rerun_id: str) -> bool:
    """Return whether an item is still to be run, or its run to end."""
    left = [exists().where(RerunItem.rerun_id == rerun_id, RerunItem.state == state) for state in _OPEN]
    return bool(session.scalar(select(left[0] | left[1])))


def settle_items(session: Session, rerun_id: str) -> Settled:
    """Give items the state in which their run has ended. Never more than are active at a time."""
    ended = session.scalars(
        update(RerunItem)
        .where(
            RerunItem.rerun_id == rerun_id,
            RerunItem.state == RerunItemState.QUEUED,
            Run.id == RerunItem.run_id,
            Run.state.in_(ITEM_STATE_OF_RUN),
        )
        .values(state=case(dict(ITEM_STATE_OF_RUN), value=Run.state))
        .returning(RerunItem.state),
        execution_options=BULK,
    ).all()
    judged = [state for state in ended if state != RerunItemState.CANCELED]
    return Settled(len(judged), judged.count(RerunItemState.FAILED))


def feed_items(session: Session, rerun: Rerun, limit: int) -> Fed:
    """Give runs to the next planned items, up to `limit` and to what the campaign may have active.

    Each case is looked at again as its turn comes: who is not run any more is skipped, with the reason.
    """
    active = select(func.count()).where(RerunItem.rerun_id == rerun.id, RerunItem.state == RerunItemState.QUEUED)
    room = min(limit, rerun.max_active - session.execute(active).scalar_one())
    turn = _next(session, rerun, room) if room > 0 else []
    if not turn:
        return Fed()
    due = sorted((row.case_id, row.clinic_id) for row in turn if row.reason is None)
    made = _make_runs(session, rerun, due) if due else set()
    reasons = {row.case_id: row.reason or SkipReason.IN_FLIGHT for row in turn if row.case_id not in made}
    for reason in set(reasons.values()):
        _skip(session, rerun.id, [case_id for case_id, why in reasons.items() if why == reason], reason)
    return Fed(len(made), len(reasons))


def take_back(session: Session, rerun_id: str, limit: int, state: RerunItemState, *, suspects: bool) -> int:
    """End runs that wait for a worker, and give their items `state`; return how many.

    An item that is `planned` again gets another run when its turn comes again. A run that is suspected of having
    ended a process is taken only with `suspects`: its successor would be claimed beside others.
    """
    waiting = (
        select(Run.id)
        .join(RerunItem, RerunItem.run_id == Run.id)
        .where(
            RerunItem.rerun_id == rerun_id,
            RerunItem.state == RerunItemState.QUEUED,
            Run.state == RunState.QUEUED,
            *(() if suspects else (Run.lapsed.is_(False),)),
        )
        .order_by(Run.id)
        .limit(limit)
        .with_for_update(of=Run, skip_locked=True)
    )
    ids = session.scalars(waiting).all()
    if ids:
        end_run(session, (Run.id.in_(ids),), RunState.CANCELED)
        run_id = null() if state is RerunItemState.PLANNED else RerunItem.run_id
        session.execute(
            update(RerunItem)
            .where(RerunItem.rerun_id == rerun_id, RerunItem.run_id.in_(ids))
            .values(state=state, run_id=run_id),
            execution_options=BULK,
        )
    return len(ids)


def cancel_planned(session: Session, rerun_id: str, limit: int) -> int:
    """Cancel items whose turn has not come; return how many."""
    some = (
        select(RerunItem.case_id)
        .where(RerunItem.rerun_id == rerun_id, RerunItem.state == RerunItemState.PLANNED)
        .limit(limit)
    )
    canceled = session.scalars(
        update(RerunItem)
        .where(RerunItem.rerun_id == rerun_id, RerunItem.case_id.in_(some.scalar_subquery()))
        .values(state=RerunItemState.CANCELED)
        .returning(literal(1)),
        execution_options=BULK,
    )
    return len(canceled.all())


def _next(session: Session, rerun: Rerun, limit: int) -> Sequence[Row[tuple[str, str, str | None]]]:
    order = RerunItem.case_id.desc() if rerun.newest_first else RerunItem.case_id
    # The limit first, or a million cases could be joined for the next few.
    turn = (
        select(RerunItem.case_id, RerunItem.clinic_id)
        .where(RerunItem.rerun_id == rerun.id, RerunItem.state == RerunItemState.PLANNED)
        .order_by(order)
        .limit(limit)
        .subquery()
    )
    rows = select(turn.c.case_id, turn.c.clinic_id, _reason_now(rerun).label("reason"))
    return session.execute(rows.join(Case, Case.id == turn.c.case_id)).all()


def _reason_now(rerun: Rerun) -> ColumnElement[str | None]:
    """Why a planned case is not run any more: the plan's questions, asked again. None where it still is."""
    on_target = and_(Run.case_id == Case.id, Run.model_version_id == rerun.target_model_id)
    reasons: list[tuple[ColumnElement[bool], SkipReason]] = [
        (Case.state == CaseState.ERASED, SkipReason.ERASED),
        (Case.state == CaseState.CANCELED, SkipReason.CANCELED),
        (consent_withdrawn(Case.clinic_id, Case.subject_ref), SkipReason.CONSENT_WITHDRAWN),
        (and_(Case.image_key.is_(None), Case.incoming_key.is_(None)), SkipReason.IMAGE_MISSING),
        (exists().where(on_target, Run.state.in_([RunState.QUEUED, RunState.RUNNING])), SkipReason.IN_FLIGHT),
    ]
    if rerun.reprocess == Reprocess.MISSING:
        reasons.append((exists().where(on_target, Run.state.in_(_WITH_RESULT)), SkipReason.ALREADY_HAS_RUN))
    if rerun.reprocess == Reprocess.FAILED:
        reasons.append((Case.state.not_in(_REPAIRABLE), SkipReason.NOT_FAILED))
    return case(*((condition, literal(str(reason))) for condition, reason in reasons), else_=null())


def _make_runs(session: Session, rerun: Rerun, cases: Sequence[tuple[str, str]]) -> set[str]:
    """Make a run of each case and note it in its item. Return the cases that got one: not those in flight (I2)."""
    rows = [
        {
            "id": new_id(IdPrefix.RUN),
            "case_id": case_id,
            "clinic_id": clinic_id,
            "model_version_id": rerun.target_model_id,
            "rerun_id": rerun.id,
            "queue": RunQueue.BULK,
            "state": RunState.QUEUED,
        }
        for case_id, clinic_id in cases
    ]
    unless_active = insert(Run).on_conflict_do_nothing(
        index_elements=[Run.case_id, Run.model_version_id], index_where=_ACTIVE
    )
    made = session.execute(unless_active.returning(Run.id, Run.case_id), rows).all()
    session.execute(
        update(RerunItem)
        .where(
            RerunItem.rerun_id == rerun.id,
            RerunItem.case_id == Run.case_id,
            Run.id.in_([run_id for run_id, _ in made]),
        )
        .values(state=RerunItemState.QUEUED, run_id=Run.id),
        execution_options=BULK,
    )
    return {case_id for _, case_id in made}


def _skip(session: Session, rerun_id: str, case_ids: Sequence[str], reason: str) -> None:
    session.execute(
        update(RerunItem)
        .where(RerunItem.rerun_id == rerun_id, RerunItem.case_id.in_(case_ids))
        .values(state=RerunItemState.SKIPPED, skip_reason=reason),
        execution_options=BULK,
    )
