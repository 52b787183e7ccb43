"""The question that is asked before a case is erased, which `shared.db.lifecycle` does."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.gateway.cases.repository import of
from services.gateway.clinics.tenant import Tenant
from shared.db.models import Case


def is_there(session: Session, tenant: Tenant, case_id: str) -> bool:
    """Return whether there is such a case for this caller."""
    return bool(session.scalar(select(exists().where(Case.id == case_id, *of(tenant)))))
