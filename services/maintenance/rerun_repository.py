"""What maintenance asks of Postgres about campaigns and live work. States are left to the life cycle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from shared.contracts.enums import RerunItemState, RerunState, RunQueue, RunState
from shared.db.models import BulkGate, Rerun, RerunItem, Result, Run

_AT_WORK = (RerunState.RUNNING, RerunState.PAUSED, RerunState.CANCELING)
_WITH_RESULT = (RerunItemState.SUCCEEDED, RerunItemState.REJECTED)
_ANSWERED = (RunState.SUCCEEDED, RunState.REJECTED, RunState.FAILED, RunState.TIMED_OUT)
_OPEN = (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True, slots=True)
class ToPromote:
    """A finished campaign that is to publish its results by itself, if at most this share of decisions changes."""

    rerun_id: str
    max_flip_ratio: float


@dataclass(frozen=True, slots=True)
class Compared:
    """Cases with a result on both sides, and those of them with another decision. `last`: the last case looked at."""

    compared: int
    flips: int
    last: str | None


@dataclass(frozen=True, slots=True)
class Pace:
    """Live work of late: its 95th percentile in seconds, from the 202 to the end, and when there was any."""

    p95_s: float | None
    live_at: datetime | None
    quiet: bool


def reruns_at_work(session: Session) -> Sequence[str]:
    return session.scalars(select(Rerun.id).where(Rerun.state.in_(_AT_WORK)).order_by(Rerun.id)).all()


def reruns_to_promote(session: Session) -> list[ToPromote]:
    """Return finished campaigns that publish by themselves and have not yet. Without a limit no decision may change."""
    rows = session.execute(
        select(Rerun.id, func.coalesce(Rerun.max_flip_ratio, 0.0))
        .where(Rerun.state == RerunState.FINISHED, Rerun.auto_promote, Rerun.auto_promoted_at.is_(None))
        .order_by(Rerun.id)
    )
    return [ToPromote(rerun_id, ratio) for rerun_id, ratio in rows]


def item_counts(session: Session, rerun_id: str) -> dict[str, int]:
    """Return how many cases of the campaign are in each state."""
    counted = select(RerunItem.state, func.count()).where(RerunItem.rerun_id == rerun_id).group_by(RerunItem.state)
    return dict(session.execute(counted).tuples().all())


def compare(session: Session, rerun_id: str, after: str, limit: int) -> Compared:
    """Compare the decisions of both sides, for up to `limit` cases by id. A refusal is another decision than any."""
    old, new = aliased(Result), aliased(Result)
    rows = (
        select(RerunItem.case_id, old.decision.is_distinct_from(new.decision).label("flip"))
        .join(old, old.run_id == RerunItem.base_run_id)
        .join(new, new.run_id == RerunItem.run_id)
        .where(RerunItem.rerun_id == rerun_id, RerunItem.state.in_(_WITH_RESULT), RerunItem.case_id > after)
        .order_by(RerunItem.case_id)
        .limit(limit)
        .subquery()
    )
    found = session.execute(select(func.count(), func.count().filter(rows.c.flip), func.max(rows.c.case_id))).one()
    return Compared(*found)


def promotable(session: Session, rerun_id: str, after: str, limit: int) -> Sequence[str]:
    """Return cases, by id, whose result of this campaign was never published nor refused."""
    return session.scalars(
        select(RerunItem.case_id)
        .where(
            RerunItem.rerun_id == rerun_id,
            RerunItem.state.in_(_WITH_RESULT),
            RerunItem.promotion.is_(None),
            RerunItem.case_id > after,
        )
        .order_by(RerunItem.case_id)
        .limit(limit)
    ).all()


def live_pace(session: Session, *, limit_s: float, window: timedelta, quiet_for: timedelta) -> Pace:
    """Return the pace of the live runs that ended within `window`, and of those that wait for longer than `limit_s`.

    One that still waits counts with its time so far: where all of them do, none would end and nothing would be seen.
    Each part is read from an index of its own.
    """
    took = func.extract("epoch", func.coalesce(Run.finished_at, func.now()) - Run.enqueued_at).label("took_s")
    at = func.coalesce(Run.finished_at, func.now()).label("at")
    live = select(took, at, Run.state).where(Run.queue == RunQueue.LIVE)
    runs = union_all(
        live.where(Run.finished_at > func.now() - window),
        live.where(Run.state == RunState.QUEUED),
        live.where(Run.state == RunState.RUNNING),
    ).subquery()
    counted = or_(runs.c.state.in_(_ANSWERED), and_(runs.c.state.in_(_OPEN), runs.c.took_s > limit_s))
    p95_s, live_at, quiet = session.execute(
        select(
            func.percentile_cont(0.95).within_group(runs.c.took_s).filter(counted),
            func.max(runs.c.at),
            func.coalesce(func.max(runs.c.at) < func.now() - quiet_for, True),
        )
    ).one()
    return Pace(p95_s, live_at, quiet)


def gate_is_open(session: Session) -> bool:
    return session.execute(select(BulkGate.is_open)).scalar_one()
