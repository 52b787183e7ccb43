"""What concerns all cases of one subject at once: that consent was withdrawn, and that everything of it is to go.

Whoever accepts something for a subject holds that subject, shared, until the commit. Whoever withdraws or erases holds
it alone: what was accepted before is seen then, and what is accepted afterwards sees the withdrawal or the erasure.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from shared.contracts.enums import ConsentPurpose, ErasureReason, RunState
from shared.contracts.ids import IdPrefix, new_id
from shared.db.lifecycle.erase import erase_case
from shared.db.lifecycle.transitions import BULK, RunOfCase, end_case, end_run
from shared.db.models import Case, Consent, Device, Enrolment, Run, SubjectErasure

_ACTIVE = (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True, slots=True)
class Stopped:
    """How many cases were canceled at once, and how many end canceled when their worker's batch ends."""

    canceled: int
    ending: int


def hold_subject(session: Session, clinic_id: str, subject_ref: str, *, alone: bool = False) -> None:
    """Wait for whoever holds the subject alone (or, to hold it alone, for everybody), and hold it until the commit."""
    digest = hashlib.sha256(f"subject\0{clinic_id}\0{subject_ref}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    session.execute(select(func.pg_advisory_xact_lock(number) if alone else func.pg_advisory_xact_lock_shared(number)))


def consent_withdrawn(clinic_id: Any, subject_ref: Any) -> ColumnElement[bool]:
    """Whether the subject in these columns has withdrawn, and not agreed again since. Null is no subject."""
    gone, standing = aliased(Consent), aliased(Consent)

    def of_subject(consent: type[Consent]) -> ColumnElement[bool]:
        return and_(
            consent.clinic_id == clinic_id,
            consent.subject_ref == subject_ref,
            consent.purpose == ConsentPurpose.SCREENING,
        )

    return and_(
        exists().where(of_subject(gone), gone.withdrawn_at.is_not(None)),
        ~exists().where(of_subject(standing), standing.withdrawn_at.is_(None)),
    )


def stop_subject(session: Session, clinic_id: str, subject_ref: str) -> Stopped:
    """Cancel what is open of a subject, re-runs too, as `cancel_case` does. The caller holds the subject alone.

    Results that exist stay.
    """
    own = select(Case.id).where(Case.clinic_id == clinic_id, Case.subject_ref == subject_ref)
    # Runs before cases, as everywhere. A worker that is just writing one down is waited for; by the lock on the cases,
    # which a foreign key's conflicts with, so is a campaign that is giving one of them a run.
    active = select(Run).where(Run.case_id.in_(own), Run.state.in_(_ACTIVE)).order_by(Run.id).with_for_update()
    session.execute(active.with_only_columns(Run.id))
    session.execute(own.order_by(Case.id).with_for_update())
    runs = session.execute(
        active.join(Case, Case.id == Run.case_id)
        .with_only_columns(Run.id, Run.case_id, Run.state, Run.id == Case.first_run_id)
        .with_for_update(of=Run)
    ).all()
    waiting = [
        RunOfCase(run_id, case_id, clinic_id, first)
        for run_id, case_id, state, first in runs
        if state == RunState.QUEUED
    ]
    end_run(session, (Run.id.in_([run.run_id for run in waiting]),), RunState.CANCELED)
    for run in waiting:
        end_case(session, run, RunState.CANCELED, {})
    at_work = [(run_id, first) for run_id, _, state, first in runs if state == RunState.RUNNING]
    session.execute(
        update(Run)
        .where(Run.id.in_([run_id for run_id, _ in at_work]))
        .values(cancel_requested_at=func.coalesce(Run.cancel_requested_at, func.now())),
        execution_options=BULK,
    )
    session.flush()
    return Stopped(sum(run.is_first for run in waiting), sum(first for _, first in at_work))


def open_subject_erasure(session: Session, clinic_id: str, subject_ref: str, key_id: str) -> SubjectErasure | None:
    """Write down that all of a subject is to go; from this commit on nothing is accepted for it until that is done.

    Returns the erasure, the one that is under way where there is one. None where nothing is stored of the subject.
    """
    hold_subject(session, clinic_id, subject_ref, alone=True)
    of_subject = (SubjectErasure.clinic_id == clinic_id, SubjectErasure.subject_ref == subject_ref)
    under_way = session.scalar(select(SubjectErasure).where(*of_subject))
    if under_way is not None:
        return under_way
    cases, consents, devices, codes = (
        session.execute(
            select(func.count()).where(table.clinic_id == clinic_id, table.subject_ref == subject_ref)
        ).scalar_one()
        for table in (Case, Consent, Device, Enrolment)
    )
    if not cases and not consents and not devices and not codes:
        return None
    erasure = SubjectErasure(
        id=new_id(IdPrefix.SUBJECT_ERASURE),
        clinic_id=clinic_id,
        subject_ref=subject_ref,
        requested_by=key_id,
        cases=cases,
        consents=consents,
    )
    session.add(erasure)
    session.flush()
    session.refresh(erasure)
    _sign_out(session, clinic_id, subject_ref)
    return erasure


def _sign_out(session: Session, clinic_id: str, subject_ref: str) -> None:
    """Delete the subject's codes, and its devices with their tokens.

    Codes first: whoever signs a device in by one of them holds it until the commit, and the device is seen then.
    """
    for table in (Enrolment, Device):
        session.execute(
            delete(table).where(table.clinic_id == clinic_id, table.subject_ref == subject_ref), execution_options=BULK
        )


def erase_next_of_subject(session: Session, erasure_id: str) -> str | None:
    """Erase one more case of the subject and return its id. Where none is left: its consents, devices and reference.

    One case a transaction: so nobody waits in a ring with whoever locks several. It may be called by several at once.
    """
    erasure = session.get(SubjectErasure, erasure_id)
    if erasure is None or erasure.subject_ref is None:
        return None
    of_subject = (Case.clinic_id == erasure.clinic_id, Case.subject_ref == erasure.subject_ref)
    case_id = session.scalar(select(Case.id).where(*of_subject).order_by(Case.id).limit(1))
    if case_id is not None:
        erase_case(session, erasure.clinic_id, case_id, erasure.requested_by, ErasureReason.SUBJECT)
        return case_id
    # Again: a gateway of the release before refuses no code meanwhile.
    _sign_out(session, erasure.clinic_id, erasure.subject_ref)
    session.execute(
        delete(Consent).where(Consent.clinic_id == erasure.clinic_id, Consent.subject_ref == erasure.subject_ref),
        execution_options=BULK,
    )
    session.execute(
        update(SubjectErasure)
        .where(SubjectErasure.id == erasure_id, SubjectErasure.finished_at.is_(None))
        .values(subject_ref=None, finished_at=func.now()),
        execution_options=BULK,
    )
    return None
