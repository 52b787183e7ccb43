"""The promise that a 202 gives."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from shared.contracts.enums import CaseState, RunQueue, RunState
from shared.contracts.ids import IdPrefix, new_id
from shared.db.lifecycle.transitions import event
from shared.db.models import Case, Run
from shared.db.records import NewCase


def accept_case(session: Session, new: NewCase) -> Case:
    """Add a case, its first run and its first event. The commit makes them the promise."""
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
            traceparent=new.traceparent,
        )
    )
    session.add(event(case.clinic_id, case.id, CaseState.ACCEPTED, 1, run_id))
    session.flush()
    session.refresh(case)
    return case


def utc_deadline(now: datetime, seconds: int | None) -> datetime | None:
    """Return when a case expires; None, the default, means never (I9)."""
    return None if seconds is None else now + timedelta(seconds=seconds)
