"""Every SQL statement about consents. Row-level security narrows each of them to the transaction's clinic."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.contracts.enums import ConsentPurpose
from shared.contracts.ids import IdPrefix, new_id
from shared.db.models import Clinic, Consent, SubjectErasure


@dataclass(frozen=True, slots=True)
class Position:
    """What a clinic asks for, and where a subject stands. `withdrawn_at`: the last time that it withdrew.

    `stands`: it agrees to some text; `stands_to_current`: to the clinic's.
    """

    required: bool
    text_version: str | None
    being_erased: bool
    withdrawn_at: datetime | None
    stands: bool
    stands_to_current: bool

    @property
    def withdrawn(self) -> bool:
        return self.withdrawn_at is not None and not self.stands


def position(session: Session, clinic_id: str, subject_ref: str | None, purpose: ConsentPurpose) -> Position:
    """Return the position of a subject; of a photo that names none, what its clinic asks for."""
    of_subject: list[ColumnElement[Any]] = [literal(value=False), null(), literal(value=False), literal(value=False)]
    if subject_ref is not None:
        own = _of(clinic_id, subject_ref, purpose)
        standing = (*own, Consent.withdrawn_at.is_(None))
        of_subject = [
            exists().where(SubjectErasure.clinic_id == clinic_id, SubjectErasure.subject_ref == subject_ref),
            select(func.max(Consent.withdrawn_at)).where(*own).scalar_subquery(),
            exists().where(*standing),
            exists().where(*standing, Consent.text_version == Clinic.consent_text_version),
        ]
    asked = select(Clinic.consent_required, Clinic.consent_text_version, *of_subject).where(Clinic.id == clinic_id)
    return Position(*session.execute(asked).one())


def add(session: Session, **values: Any) -> Consent | None:
    """Add a consent; None where the subject's to the same text stands already. Without `given_at`: now."""
    statement = insert(Consent).values(id=new_id(IdPrefix.CONSENT), **values).on_conflict_do_nothing()
    return session.scalar(statement.returning(Consent))


def standing_to(session: Session, clinic_id: str, subject_ref: str, purpose: ConsentPurpose, text: str) -> Consent:
    return session.execute(
        select(Consent).where(
            *_of(clinic_id, subject_ref, purpose), Consent.text_version == text, Consent.withdrawn_at.is_(None)
        )
    ).scalar_one()


def withdraw(session: Session, clinic_id: str, subject_ref: str, purpose: ConsentPurpose) -> Consent | None:
    """End every consent that stands; return the one that was withdrawn last, None where none was ever given."""
    own = _of(clinic_id, subject_ref, purpose)
    session.execute(
        update(Consent)
        .where(*own, Consent.withdrawn_at.is_(None))
        # Not the transaction's beginning: it may have waited for others that were just accepting.
        .values(withdrawn_at=func.clock_timestamp()),
        execution_options={"synchronize_session": False},
    )
    last = select(Consent).where(*own).order_by(Consent.withdrawn_at.desc(), Consent.id.desc()).limit(1)
    return session.scalar(last, execution_options={"populate_existing": True})


def of_subject(session: Session, clinic_id: str, subject_ref: str, limit: int) -> Sequence[Consent]:
    """Return up to `limit` consents of the subject, the latest first."""
    query = (
        select(Consent)
        .where(Consent.clinic_id == clinic_id, Consent.subject_ref == subject_ref)
        .order_by(Consent.recorded_at.desc(), Consent.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def of_case(session: Session, clinic_id: str, case_id: str) -> Sequence[Consent]:
    """Return the consents that were given for this case alone."""
    return session.scalars(select(Consent).where(Consent.clinic_id == clinic_id, Consent.case_id == case_id)).all()


def _of(clinic_id: str, subject_ref: str, purpose: ConsentPurpose) -> tuple[ColumnElement[bool], ...]:
    return (Consent.clinic_id == clinic_id, Consent.subject_ref == subject_ref, Consent.purpose == purpose)
