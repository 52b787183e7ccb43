"""Every SQL statement about all that is stored of one subject. Row-level security narrows each to the clinic."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from services.gateway.artifacts import repository as artifacts
from services.gateway.artifacts.repository import Pictures
from services.gateway.cases import repository as cases
from services.gateway.cases.repository import CaseRow
from services.gateway.clinics.tenant import Tenant
from services.gateway.consents import repository as consents
from services.gateway.events import repository as events
from services.gateway.runs import repository as runs
from services.gateway.runs.repository import RunRow
from shared.db.models import Case, Consent, Device, Event, SubjectErasure

# More than any case has: one for each visible change.
_MOST_EVENTS = 10_000


@dataclass(frozen=True, slots=True)
class Known:
    """Whether anything is stored of a subject, whether it is being erased, and what time it is."""

    now: datetime
    stored: bool
    being_erased: bool


@dataclass(frozen=True, slots=True)
class StoredCase:
    """One case with all that hangs on it, at one moment."""

    row: CaseRow
    runs: list[RunRow]
    events: Sequence[Event]
    pictures: Pictures
    consents: Sequence[Consent]


def known(session: Session, clinic_id: str, subject_ref: str) -> Known:
    def any_of(table: Any) -> Any:
        return exists().where(table.clinic_id == clinic_id, table.subject_ref == subject_ref)

    asked = select(func.now(), any_of(Case) | any_of(Consent) | any_of(Device), any_of(SubjectErasure))
    return Known(*session.execute(asked).one())


def case_ids(
    session: Session, clinic_id: str, subject_ref: str, *, until: datetime, after: str, limit: int
) -> Sequence[str]:
    """Return up to `limit` of the subject's cases, by id, that were accepted until then."""
    return session.scalars(
        select(Case.id)
        .where(Case.clinic_id == clinic_id, Case.subject_ref == subject_ref, Case.id > after, Case.created_at <= until)
        .order_by(Case.id)
        .limit(limit)
    ).all()


def cases_left(session: Session, clinic_id: str, subject_ref: str) -> int:
    query = select(func.count()).where(Case.clinic_id == clinic_id, Case.subject_ref == subject_ref)
    return session.execute(query).scalar_one()


def erasure(session: Session, erasure_id: str) -> SubjectErasure:
    return session.get_one(SubjectErasure, erasure_id, populate_existing=True)


def stored_case(session: Session, tenant: Tenant, subject_ref: str, case_id: str) -> StoredCase | None:
    """Return one case as it is now; None where it was erased meanwhile.

    An erasure waits for the end of the transaction, workers do not: all statements see the case whole.
    """
    held = session.scalar(
        select(Case.id)
        .where(Case.id == case_id, Case.clinic_id == tenant.clinic_id, Case.subject_ref == subject_ref)
        .with_for_update(read=True, key_share=True)
    )
    row = None if held is None else cases.find(session, tenant, case_id)
    pictures = None if held is None else artifacts.pictures_of(session, tenant, case_id)
    if row is None or pictures is None:
        return None
    return StoredCase(
        row=row,
        runs=runs.of_case(session, tenant, case_id),
        events=events.after(session, tenant.clinic_id, case_id, 0, _MOST_EVENTS),
        pictures=pictures,
        consents=consents.of_case(session, tenant.clinic_id, case_id),
    )
