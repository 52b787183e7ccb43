"""Leaving nothing of a case but a tombstone. The objects in the store are removed afterwards, by maintenance."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Delete, case, delete, func, literal, null, or_, select, update
from sqlalchemy.orm import Session

from shared.contracts.enums import CaseState, ErasureReason, EventType, Modality, RunState
from shared.contracts.lifecycle import TERMINAL_RUN_STATES
from shared.db.lifecycle.transitions import BULK, change_event
from shared.db.models import (
    Artifact,
    Case,
    Consent,
    Delivery,
    Erasure,
    Event,
    IdempotencyRecord,
    RerunItem,
    Result,
    Run,
)

_NULLED: Final = (
    "client_ref",
    "subject_ref",
    "lesion_ref",
    "body_site",
    "age",
    "sex",
    "captured_at",
    "deadline_at",
    "incoming_key",
    "image_key",
    "image_sha256",
    "image_media_type",
    "image_width",
    "image_height",
    "published_run_id",
    "error_code",
)
_BLANK: Final[dict[str, Any]] = {
    **dict.fromkeys(_NULLED),
    # These are never null; the constraint `erased_is_blank` knows the same words.
    "source_sha256": "",
    "source_bytes": 0,
    "source_media_type": "",
    "modality": Modality.UNKNOWN,
    "measure_faithfulness": False,
}


def erase_case(
    session: Session,
    clinic_id: str,
    case_id: str,
    key_id: str | None,
    reason: ErasureReason = ErasureReason.REQUEST,
) -> Erasure | None:
    """Blank a case and delete what hangs on it; return the record of that, the first one where it was erased before.

    Every run gets a new fence, and those at work are canceled: whoever holds one can store nothing any more (I3). Of
    the events one is left, which says that the case was erased. `key_id`: who asked for it; None where nobody did. None
    where the clinic has no such case.
    """
    # Runs before their case, as everywhere: a worker that is just writing one down is waited for. Their lock leaves a
    # foreign key's alone: a promotion that holds the case, and is about to point it at a run, would wait for us and we
    # for it. The one on the case does not: a campaign that is giving it a run is waited for.
    runs = select(Run.id).where(Run.case_id == case_id).order_by(Run.id)
    session.execute(runs.with_for_update(key_share=True))
    state = session.scalar(select(Case.state).where(Case.id == case_id, Case.clinic_id == clinic_id).with_for_update())
    if state is None:
        return None
    if state != CaseState.ERASED:
        version = _blank(session, case_id)
        counts = {"runs": _fence_off(session, case_id), **_purge(session, case_id)}
        _forget_previous(session, case_id)
        event = change_event(clinic_id, case_id, CaseState.ERASED, version, None, kind=EventType.CASE_ERASED)
        erasure = Erasure(case_id=case_id, clinic_id=clinic_id, requested_by=key_id, reason=reason, counts=counts)
        session.add_all([event, erasure])
        session.flush()
    return session.get_one(Erasure, case_id, populate_existing=True)


def _blank(session: Session, case_id: str) -> int:
    return session.execute(
        update(Case)
        .where(Case.id == case_id)
        .values(state=CaseState.ERASED, version=Case.version + 1, **_BLANK)
        .returning(Case.version),
        execution_options=BULK,
    ).scalar_one()


def _fence_off(session: Session, case_id: str) -> int:
    """Give every run a new fence and end those that have not ended; a code of failure may tell of the photo."""
    ended = Run.state.in_(TERMINAL_RUN_STATES)
    runs = session.execute(
        update(Run)
        .where(Run.case_id == case_id)
        .values(
            fence=Run.fence + 1,
            state=case((ended, Run.state), else_=RunState.CANCELED),
            finished_at=case((ended, Run.finished_at), else_=func.now()),
            lease_until=None,
            error_code=None,
        )
        .returning(literal(1)),
        execution_options=BULK,
    )
    return len(runs.all())


def _purge(session: Session, case_id: str) -> dict[str, int]:
    """Delete the rows of the case, deliveries with their tries before the events that they carry.

    Deliveries are taken by id first, as whoever writes down how they ended takes them.
    """
    events = select(Event.id).where(Event.case_id == case_id)
    session.execute(
        select(Delivery.id).where(Delivery.event_id.in_(events)).order_by(Delivery.id).with_for_update(),
    )
    return {
        "deliveries": _deleted(session, delete(Delivery).where(Delivery.event_id.in_(events))),
        "events": _deleted(session, delete(Event).where(Event.case_id == case_id)),
        "artifacts": _deleted(session, delete(Artifact).where(Artifact.case_id == case_id)),
        "results": _deleted(session, delete(Result).where(Result.case_id == case_id)),
        "answers": _deleted(session, delete(IdempotencyRecord).where(IdempotencyRecord.case_id == case_id)),
        # That of this case alone; a subject's consent stands as long as the subject does.
        "consents": _deleted(session, delete(Consent).where(Consent.case_id == case_id)),
    }


def _deleted(session: Session, statement: Delete) -> int:
    return len(session.execute(statement.returning(literal(1)), execution_options=BULK).all())


def _forget_previous(session: Session, case_id: str) -> None:
    """Blank what campaigns keep of the case for a roll back. Its turn in a campaign comes, and it is skipped then."""
    kept = (RerunItem.previous_run_id, RerunItem.previous_state, RerunItem.previous_error_code)
    known: list[ColumnElement[bool]] = [column.is_not(None) for column in kept]
    session.execute(
        update(RerunItem).where(RerunItem.case_id == case_id, or_(*known)).values({column: null() for column in kept}),
        execution_options=BULK,
    )
