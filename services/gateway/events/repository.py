"""Every SQL statement that reads events. Row-level security narrows each of them to the transaction's clinic."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.gateway.cases.repository import of
from services.gateway.clinics.tenant import Tenant
from shared.db.models import Case, Event


def state_of(session: Session, tenant: Tenant, case_id: str) -> str | None:
    """Return the state of a case; None where there is none such for this caller."""
    return session.scalar(select(Case.state).where(Case.id == case_id, *of(tenant)))


def after(session: Session, clinic_id: str, case_id: str, version: int, limit: int) -> Sequence[Event]:
    """Return up to `limit` events of the case beyond a version, oldest first."""
    query = (
        select(Event)
        .where(Event.case_id == case_id, Event.clinic_id == clinic_id, Event.version > version)
        .order_by(Event.version)
        .limit(limit)
    )
    return session.scalars(query).all()
