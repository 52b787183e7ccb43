"""The first part of a campaign's life: which cases are its members is written down once, then it is started."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Select, Text, and_, case, func, insert, literal, null, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, Session

from shared.contracts.enums import CaseState, Reprocess, RerunItemState, RerunState, RunState, SkipReason
from shared.contracts.lifecycle import OPEN_CASE_STATES
from shared.db.lifecycle.subject import consent_withdrawn
from shared.db.lifecycle.transitions import BULK
from shared.db.models import Case, Rerun, RerunItem, Run

_ACTIVE = (RunState.QUEUED, RunState.RUNNING)
_WITH_RESULT = (RunState.SUCCEEDED, RunState.REJECTED)
_REPAIRABLE = (CaseState.FAILED, CaseState.EXPIRED)

# Which rows a statement is about, said of a column that holds a case's id.
Window = Callable[[InstrumentedAttribute[str]], ColumnElement[bool]]


def between(first: str, end: str | None) -> Window:
    """The cases from an id up to, and without, another one; to the last where that is None."""
    return lambda column: column >= first if end is None else and_(column >= first, column < end)


def among(case_ids: Collection[str]) -> Window:
    listed = literal(list(case_ids), ARRAY(Text))
    return lambda column: column == func.any(listed)


@dataclass(frozen=True, slots=True)
class Frozen:
    """What one statement has made members. `told`: a line a member, its id and why it is not run, by id."""

    members: int = 0
    planned: int = 0
    skipped: dict[SkipReason, int] = field(default_factory=dict)
    told: str = ""


def open_plan(session: Session, rerun: Rerun) -> Rerun:
    """Add a campaign whose members are to be written down; it is in `planning` until `close_plan`."""
    rerun.state = RerunState.PLANNING
    session.add(rerun)
    session.flush()
    session.refresh(rerun)
    return rerun


def freeze_members(session: Session, rerun: Rerun, window: Window, chosen: Select[Any]) -> Frozen:
    """Make those cases of a window members that `chosen`, a select of `Case`, selects: planned, or skipped with why.

    The statement reads the window of cases and of runs, and keeps nothing in this process. What was tried is asked with
    IN, which Postgres answers from a hash: a join would go through those runs once for each case where it takes them
    for few, as it does under row security.
    """
    columns = (
        *(Case.id, Case.clinic_id, Case.subject_ref, Case.state, Case.published_run_id),
        *(Case.image_key, Case.incoming_key),
    )
    cases = chosen.with_only_columns(*columns, maintain_column_froms=True).where(window(Case.id)).cte("chosen")
    tried = select(Run.case_id).where(Run.model_version_id == rerun.target_model_id, window(Run.case_id))
    reason = _why_not(Reprocess(rerun.reprocess), cases.c, tried)
    judged = select(cases.c.id, cases.c.clinic_id, cases.c.published_run_id, reason.label("reason")).cte("judged")
    judged = judged.prefix_with("MATERIALIZED")  # else the reason would be asked for twice
    state = case((judged.c.reason.is_(None), RerunItemState.PLANNED), else_=RerunItemState.SKIPPED)
    rows = select(
        literal(rerun.id), judged.c.id, judged.c.clinic_id, state, judged.c.reason, judged.c.published_run_id
    ).order_by(judged.c.id)
    into = ["rerun_id", "case_id", "clinic_id", "state", "skip_reason", "base_run_id"]
    session.execute(insert(RerunItem).from_select(into, rows))
    return _told(session, rerun.id, window)


def close_plan(session: Session, rerun_id: str, **plan: Any) -> bool:
    """Write down what the plan amounts to: digest, counts, estimate. False where it is not in planning (any more)."""
    return _move(session, rerun_id, RerunState.PLANNING, RerunState.PLANNED, **plan)


def start_rerun(session: Session, rerun_id: str) -> bool:
    """Let a planned campaign run, unless it has expired. The caller holds its row."""
    return _move(session, rerun_id, RerunState.PLANNED, RerunState.RUNNING, started_at=func.now())


def _why_not(reprocess: Reprocess, found: Any, tried: Select[Any]) -> ColumnElement[str | None]:
    """The first reason that holds, from those about the case itself to those about its runs of the target."""
    reasons: list[tuple[ColumnElement[bool], SkipReason]] = [
        (found.state == CaseState.ERASED, SkipReason.ERASED),
        (found.state == CaseState.CANCELED, SkipReason.CANCELED),
        (consent_withdrawn(found.clinic_id, found.subject_ref), SkipReason.CONSENT_WITHDRAWN),
        (found.state.in_(OPEN_CASE_STATES), SkipReason.STILL_OPEN),
        (and_(found.image_key.is_(None), found.incoming_key.is_(None)), SkipReason.IMAGE_MISSING),
        (found.id.in_(tried.where(Run.state.in_(_ACTIVE))), SkipReason.IN_FLIGHT),
    ]
    if reprocess is Reprocess.MISSING:
        reasons.append((found.id.in_(tried.where(Run.state.in_(_WITH_RESULT))), SkipReason.ALREADY_HAS_RUN))
    if reprocess is Reprocess.FAILED:
        reasons.append((found.state.not_in(_REPAIRABLE), SkipReason.NOT_FAILED))
    whens = [(condition, literal(str(reason), Text)) for condition, reason in reasons]
    return case(*whens, else_=null())


def _told(session: Session, rerun_id: str, window: Window) -> Frozen:
    line = func.concat(RerunItem.case_id, " ", func.coalesce(RerunItem.skip_reason, ""))
    by_reason = [func.count().filter(RerunItem.skip_reason == reason) for reason in SkipReason]
    row = session.execute(
        select(
            func.count(),
            func.count().filter(RerunItem.skip_reason.is_(None)),
            func.string_agg(line, aggregate_order_by(literal("\n"), RerunItem.case_id)),
            *by_reason,
        ).where(RerunItem.rerun_id == rerun_id, window(RerunItem.case_id))
    ).one()
    members, planned, told, *counts = row
    skipped = {reason: count for reason, count in zip(SkipReason, counts, strict=True) if count}
    return Frozen(members, planned, skipped, told or "")


def _move(session: Session, rerun_id: str, before: RerunState, after: RerunState, **values: Any) -> bool:
    moved = session.execute(
        update(Rerun)
        .where(Rerun.id == rerun_id, Rerun.state == before)
        .values(state=after, **values)
        .returning(Rerun.id),
        execution_options=BULK,
    ).scalar()
    return moved is not None
