"""The two moves that every end of a run is made of, and the events that tell of a change.

A trigger makes an event's deliveries to the clinic's webhook endpoints, in the same transaction (I6).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, null, update
from sqlalchemy.orm import Session

from shared.contracts.enums import CaseState, EventType, RunState
from shared.contracts.ids import IdPrefix, new_id
from shared.contracts.lifecycle import CASE_STATE_OF_FIRST_RUN, EVENT_OF_CASE_STATE, OPEN_CASE_STATES
from shared.db.models import Case, Event, Run

# Rows are written by set, never through objects of the session.
BULK = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class RunOfCase:
    """Which run of which case ends."""

    run_id: str
    case_id: str
    clinic_id: str
    is_first: bool


def end_run(
    session: Session, which: tuple[ColumnElement[bool], ...], state: RunState, code: str | None = None
) -> RunState | None:
    """End the one run that `which` finds, in `state`, or `canceled` where that was asked for; None where none is.

    Of re-runs, which have no case to take along, it may find several.
    """
    asked = Run.cancel_requested_at.is_not(None)
    ended = session.execute(
        update(Run)
        .where(*which)
        .values(
            state=case((asked, RunState.CANCELED), else_=state),
            error_code=case((asked, null()), else_=code),
            finished_at=func.now(),
            lease_until=None,
        )
        .returning(Run.state),
        execution_options=BULK,
    ).scalar()
    return None if ended is None else RunState(ended)


def end_case(session: Session, run: RunOfCase, run_state: RunState, values: dict[str, Any]) -> None:
    """Mirror the end of a first run in its case. A re-run never touches the state of its case (I1)."""
    if not run.is_first:
        return
    state = CASE_STATE_OF_FIRST_RUN[run_state]
    version = session.execute(
        update(Case)
        .where(Case.id == run.case_id, Case.state.in_(OPEN_CASE_STATES))
        .values(state=state, version=Case.version + 1, **values)
        .returning(Case.version),
        execution_options=BULK,
    ).scalar_one()
    session.add(event(run.clinic_id, run.case_id, state, version, run.run_id))


def event(clinic_id: str, case_id: str, state: CaseState, version: int, run_id: str) -> Event:
    """The event of a first run's progress."""
    return change_event(clinic_id, case_id, state, version, run_id, kind=EVENT_OF_CASE_STATE[state])


def change_event(
    clinic_id: str, case_id: str, state: CaseState, version: int, run_id: str | None, *, kind: EventType, **data: Any
) -> Event:
    """The event of a visible change of a case. `data` goes to the receivers of webhooks beside the state."""
    return Event(
        id=new_id(IdPrefix.EVENT),
        clinic_id=clinic_id,
        case_id=case_id,
        version=version,
        type=kind,
        run_id=run_id,
        data={"state": str(state), **data},
    )


def endpoint_event(clinic_id: str, kind: EventType, endpoint_id: str, **data: str) -> Event:
    """An event of a webhook endpoint."""
    return clinic_event(clinic_id, kind, endpoint_id=endpoint_id, **data)


def clinic_event(clinic_id: str, kind: EventType, **data: Any) -> Event:
    """An event that is of no case, and has no version."""
    return Event(id=new_id(IdPrefix.EVENT), clinic_id=clinic_id, type=kind, data=data)
