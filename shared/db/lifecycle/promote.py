"""Publishing another run of a case, and taking that back. The only way in which an ended case changes (I1)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.contracts.enums import CaseState, EventType, Promotion, RerunItemState, RerunState, RunState
from shared.contracts.lifecycle import EVENT_OF_CASE_STATE, OPEN_CASE_STATES
from shared.db.lifecycle.transitions import BULK, change_event
from shared.db.models import Case, Rerun, RerunItem, Result, Run

_PROMOTABLE = (RerunItemState.SUCCEEDED, RerunItemState.REJECTED)


def promote_items(session: Session, rerun_id: str, case_ids: Sequence[str]) -> dict[str, Promotion]:
    """Publish a campaign's results for these cases; return what became of each that could be.

    Compare-and-set: a case that publishes something else by now than when the campaign was planned keeps it, and its
    item says so. What is promoted already, or has no result, is left as it is and not returned. Of a campaign that was
    called off nothing is published.
    """
    if _held(session, rerun_id) in {RerunState.CANCELING, RerunState.CANCELED}:
        return {}
    became: dict[str, Promotion] = {}
    for item, case in _locked(session, rerun_id, case_ids):
        if item.state in _PROMOTABLE and item.promotion in {None, Promotion.CONFLICT, Promotion.ROLLED_BACK}:
            became[case.id] = _promote(session, item, case)
    return became


def roll_back_items(session: Session, rerun_id: str, case_ids: Sequence[str]) -> dict[str, Promotion]:
    """Restore what these cases published before the campaign, and their state; return what became of each.

    A case that was given yet another result since keeps that: roll the later campaign back first.
    """
    _held(session, rerun_id)
    became: dict[str, Promotion] = {}
    for item, case in _locked(session, rerun_id, case_ids):
        if item.promotion == Promotion.PROMOTED:
            became[case.id] = _roll_back(session, item, case)
    return became


def _held(session: Session, rerun_id: str) -> str | None:
    """Return the campaign's state, which nobody moves until the commit.

    Nor does anybody note the ends of its runs meanwhile: that goes through its items in another order than `_locked`,
    and the two would wait for each other in a ring.
    """
    return session.scalar(select(Rerun.state).where(Rerun.id == rerun_id).with_for_update(read=True))


def _promote(session: Session, item: RerunItem, case: Case) -> Promotion:
    if case.published_run_id != item.base_run_id or case.state in {CaseState.CANCELED, *OPEN_CASE_STATES}:
        return _note(session, item, Promotion.CONFLICT)
    state = CaseState.COMPLETED if item.state == RerunItemState.SUCCEEDED else CaseState.REJECTED
    before = {
        "previous_run_id": case.published_run_id,
        "previous_state": case.state,
        "previous_error_code": case.error_code,
    }
    _publish(session, item, case, state, {"published_run_id": item.run_id, "error_code": None})
    return _note(session, item, Promotion.PROMOTED, **before)


def _roll_back(session: Session, item: RerunItem, case: Case) -> Promotion:
    if case.published_run_id != item.run_id:
        return Promotion.CONFLICT  # it stays promoted, for the day when what came later is rolled back
    state = CaseState(str(item.previous_state))
    values = {"published_run_id": item.previous_run_id, "error_code": item.previous_error_code}
    _publish(session, item, case, state, values)
    return _note(session, item, Promotion.ROLLED_BACK)


def _publish(session: Session, item: RerunItem, case: Case, state: CaseState, values: dict[str, Any]) -> None:
    """Change pointer and state, with one version and its one event (I5)."""
    old, new = case.published_run_id, values["published_run_id"]
    data: dict[str, Any] = {"rerun_id": item.rerun_id}
    # Whoever was told a result before is told that it no longer counts; who was told none hears the first.
    kind = EVENT_OF_CASE_STATE[state]
    if old is not None:
        kind = EventType.RESULT_SUPERSEDED
        data |= {"previous_run_id": old, "decision_changed": _decision(session, old) != _decision(session, new)}
    version = session.execute(
        update(Case)
        .where(Case.id == case.id, Case.version == case.version)
        .values(state=state, version=Case.version + 1, **values)
        .returning(Case.version),
        execution_options=BULK,
    ).scalar_one()
    run_id = new or case.first_run_id
    session.add(change_event(case.clinic_id, case.id, state, version, run_id, kind=kind, **data))


def _decision(session: Session, run_id: str | None) -> str | None:
    """None for a refusal and for no result at all: neither is a decision."""
    return None if run_id is None else session.scalar(select(Result.decision).where(Result.run_id == run_id))


def _note(session: Session, item: RerunItem, promotion: Promotion, **before: Any) -> Promotion:
    session.execute(
        update(RerunItem)
        .where(RerunItem.rerun_id == item.rerun_id, RerunItem.case_id == item.case_id)
        .values(promotion=promotion, **before),
        execution_options=BULK,
    )
    return promotion


def _locked(session: Session, rerun_id: str, case_ids: Sequence[str]) -> Sequence[tuple[RerunItem, Case]]:
    """The items and their cases, kept from others until the commit; by case, so that no two callers wait in a ring.

    Without those that are erased: they have nothing to publish, and nothing to go back to.
    """
    rows = session.execute(
        select(RerunItem, Case)
        .join(Case, Case.id == RerunItem.case_id)
        .join(Run, Run.id == RerunItem.run_id)
        .where(
            RerunItem.rerun_id == rerun_id,
            RerunItem.case_id.in_(case_ids),
            Run.state.in_([RunState.SUCCEEDED, RunState.REJECTED]),
            Case.state != CaseState.ERASED,
        )
        .order_by(Case.id)
        .with_for_update(of=(Case, RerunItem)),
        execution_options={"populate_existing": True},
    )
    return [(item, case) for item, case in rows]
