"""Every SQL statement about campaigns, but those that select cases, compare results and change states."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Double, Select, and_, cast, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from services.gateway.reruns.schemas import PromoteScope
from shared.contracts.enums import ModelState, Promotion, RerunItemState
from shared.db.models import BulkGate, Case, ModelVersion, Rerun, RerunItem, Result, Run

WITH_RESULT: Final = (RerunItemState.SUCCEEDED, RerunItemState.REJECTED)
_RECENT_RUNS: Final = 2000
_RECENT: Final = text("interval '7 days'")
_PACE_S: Final = 120
# In the word of a decision: a refusal is an answer too, and changing from or to it is a change.
REFUSED: Final = "rejected"


@dataclass(frozen=True, slots=True)
class Target:
    id: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class RerunRow:
    rerun: Rerun
    target: Target


@dataclass(frozen=True, slots=True)
class Measured:
    """Of recent results: how many, milliseconds of the network on average, in how many seconds any ended."""

    of_target: bool
    results: int
    network_ms: float | None
    busy_seconds: int


@dataclass(frozen=True, slots=True)
class Flips:
    """Changed decisions among the cases that had a result before and have one now."""

    compared: int
    flips: int


def target(session: Session, model_id: str) -> Target | None:
    row = session.execute(_targets().where(ModelVersion.id == model_id)).one_or_none()
    return None if row is None else Target(*row)


def active_target(session: Session) -> Target | None:
    row = session.execute(_targets().where(ModelVersion.state == ModelState.ACTIVE)).one_or_none()
    return None if row is None else Target(*row)


def _targets() -> Select[tuple[str, str, str]]:
    return select(ModelVersion.id, ModelVersion.name, ModelVersion.version)


def _reruns(clinic_id: str | None) -> Select[tuple[Rerun, str, str, str]]:
    found = select(Rerun, ModelVersion.id, ModelVersion.name, ModelVersion.version).join(
        ModelVersion, ModelVersion.id == Rerun.target_model_id
    )
    return found if clinic_id is None else found.where(Rerun.clinic_id == clinic_id)


def find(session: Session, clinic_id: str | None, rerun_id: str, *, hold: bool = False) -> RerunRow | None:
    """Return a campaign in reach; with `hold` nobody else changes it before the transaction ends."""
    found = _reruns(clinic_id).where(Rerun.id == rerun_id)
    row = session.execute(
        found.with_for_update(of=Rerun) if hold else found, execution_options={"populate_existing": True}
    ).one_or_none()
    return None if row is None else RerunRow(row[0], Target(*row[1:]))


def page(session: Session, clinic_id: str | None, *, limit: int, behind: str | None) -> list[RerunRow]:
    """Return up to `limit` campaigns, newest first, that come behind one."""
    found = _reruns(clinic_id).order_by(Rerun.id.desc()).limit(limit)
    rows = session.execute(found if behind is None else found.where(Rerun.id < behind))
    return [RerunRow(row[0], Target(*row[1:])) for row in rows]


def sample_ids(session: Session, rerun: Rerun, limit: int) -> list[str]:
    """Return the first cases whose turn comes."""
    order = RerunItem.case_id.desc() if rerun.newest_first else RerunItem.case_id
    planned = select(RerunItem.case_id).where(RerunItem.rerun_id == rerun.id, RerunItem.state == RerunItemState.PLANNED)
    return list(session.scalars(planned.order_by(order).limit(limit)))


def known_cases(session: Session, clinic_id: str | None, case_ids: Sequence[str]) -> int:
    known = select(func.count()).select_from(Case).where(Case.id.in_(case_ids))
    return session.execute(known if clinic_id is None else known.where(Case.clinic_id == clinic_id)).scalar_one()


def measured(session: Session, target_id: str) -> list[Measured]:
    """Return what was measured of recent results, of the target model's own first."""
    recent = (
        select(Run.id, Run.model_version_id, Run.finished_at)
        .where(Run.finished_at > func.now() - _RECENT)
        .order_by(Run.finished_at.desc())
        .limit(_RECENT_RUNS)
        .cte("recent")
    )
    network = cast(Result.provenance["durations_ms"]["network"].astext, Double)
    own = recent.c.model_version_id == target_id
    rows = session.execute(
        select(
            own, func.count(), func.avg(network), func.count(func.date_trunc("second", recent.c.finished_at).distinct())
        )
        .join(Result, Result.run_id == recent.c.id)
        .group_by(own)
        .order_by(own.desc())
    )
    return [Measured(*row) for row in rows]


def item_counts(session: Session, rerun_id: str) -> list[tuple[str, str | None, int]]:
    """Return how many items there are by state and by what became of their promotion."""
    rows = session.execute(
        select(RerunItem.state, RerunItem.promotion, func.count())
        .where(RerunItem.rerun_id == rerun_id)
        .group_by(RerunItem.state, RerunItem.promotion)
    )
    return [(state, promotion, count) for state, promotion, count in rows]


def failures(session: Session, rerun_id: str) -> dict[str, int]:
    code = func.coalesce(Run.error_code, Run.state)
    rows = session.execute(
        select(code, func.count())
        .select_from(RerunItem)
        .join(Run, Run.id == RerunItem.run_id)
        .where(RerunItem.rerun_id == rerun_id, RerunItem.state == RerunItemState.FAILED)
        .group_by(code)
    )
    return {row[0]: row[1] for row in rows}


def ended_lately(session: Session, rerun: Rerun) -> tuple[int, float]:
    """Return how many runs of the campaign have ended in the last minutes, and how many seconds that looks back."""
    since = func.greatest(func.now() - text(f"interval '{_PACE_S} seconds'"), rerun.started_at)
    ended = func.count().filter(Run.rerun_id == rerun.id)
    row = session.execute(
        select(ended, func.extract("epoch", func.now() - func.min(since))).where(Run.finished_at > since)
    ).one()
    return row[0], float(row[1] or 0)


def walk_in_order(session: Session) -> None:
    """Let the transaction's statements read a campaign's cases in the order of their index, as far as they need.

    Until Postgres has counted the rows of a campaign that was just planned it takes them for a few, and would read and
    sort all that are left for each chunk.
    """
    session.execute(text("SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"))


def gate(session: Session) -> BulkGate | None:
    return session.scalar(select(BulkGate))


def try_lock(session: Session, rerun_id: str) -> bool:
    """Return whether this transaction may publish or take back the campaign's results; it may be silent for long."""
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    number = func.hashtextextended(f"promote {rerun_id}", 0)
    return bool(session.execute(select(func.pg_try_advisory_xact_lock(number))).scalar_one())


def flips(session: Session, rerun_id: str, case_ids: Sequence[str] | None) -> Flips:
    """Count changed decisions in the campaign, or among these of its cases."""
    old, new = aliased(Result), aliased(Result)
    compared = _compared(select(func.count(), func.count().filter(_decision(old) != _decision(new))), old, new)
    compared = compared.where(RerunItem.rerun_id == rerun_id)
    if case_ids is not None:
        compared = compared.where(RerunItem.case_id.in_(case_ids))
    return Flips(*session.execute(compared).one())


def to_promote(
    session: Session, rerun_id: str, scope: PromoteScope, case_ids: Sequence[str] | None, *, behind: str, limit: int
) -> list[tuple[str, bool]]:
    """Return the next cases of a scope that have a result, by id, and whether each can still be published."""
    walk_in_order(session)
    due = or_(RerunItem.promotion.is_(None), RerunItem.promotion != Promotion.PROMOTED)
    found = select(RerunItem.case_id, due).where(RerunItem.rerun_id == rerun_id, RerunItem.case_id > behind)
    found = found.where(RerunItem.state.in_(WITH_RESULT)).order_by(RerunItem.case_id).limit(limit)
    if scope is PromoteScope.AGREEING:
        old, new = aliased(Result), aliased(Result)
        same = and_(_decision(old) == _decision(new), old.label.is_not_distinct_from(new.label))
        found = _compared(found, old, new).where(same)
    if case_ids is not None:
        found = found.where(RerunItem.case_id.in_(case_ids))
    return [(case_id, can) for case_id, can in session.execute(found)]


def promoted(session: Session, rerun_id: str, case_ids: Sequence[str] | None, *, behind: str, limit: int) -> list[str]:
    """Return the next promoted cases, by id."""
    walk_in_order(session)
    found = select(RerunItem.case_id).where(
        RerunItem.rerun_id == rerun_id, RerunItem.case_id > behind, RerunItem.promotion == Promotion.PROMOTED
    )
    if case_ids is not None:
        found = found.where(RerunItem.case_id.in_(case_ids))
    return list(session.scalars(found.order_by(RerunItem.case_id).limit(limit)))


def _compared(statement: Select[Any], old: type[Result], new: type[Result]) -> Select[Any]:
    return (
        statement.select_from(RerunItem)
        .join(old, old.run_id == RerunItem.base_run_id)
        .join(new, new.run_id == RerunItem.run_id)
        .where(RerunItem.state.in_(WITH_RESULT))
    )


def _decision(result: type[Result]) -> Any:
    return func.coalesce(result.decision, REFUSED)
