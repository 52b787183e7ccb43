"""Every SQL statement that reads events. Row-level security narrows each of them to the transaction's clinic."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.db.models import Case, Event


def case_exists(session: Session, clinic_id: str, case_id: str) -> bool:
    query = select(Case.id).where(Case.id == case_id, Case.clinic_id == clinic_id)
    return session.scalar(query) is not None


def after(session: Session, clinic_id: str, case_id: str, version: int, limit: int) -> Sequence[Event]:
    """Return up to `limit` events of the case beyond a version, oldest first."""
    query = (
        select(Event)
        .where(Event.case_id == case_id, Event.clinic_id == clinic_id, Event.version > version)
        .order_by(Event.version)
        .limit(limit)
    )
    return session.scalars(query).all()
