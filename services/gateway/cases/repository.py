"""Every SQL statement that reads cases. Row-level security narrows each to the transaction's clinic and subject."""

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from services.gateway.clinics.tenant import Tenant
from services.gateway.waiting.glance import Glance
from shared.contracts.enums import CaseState
from shared.contracts.lifecycle import OPEN_CASE_STATES
from shared.db import lifecycle
from shared.db.models import Case, Result, Run


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case, the result that is published, and how often its first run was tried."""

    case: Case
    result: Result | None
    attempts: int
    cancel_requested: bool


def select_cases() -> Select[tuple[Case, Result, int, bool]]:
    """Return the columns of a `CaseRow`, for whoever adds which cases."""
    return (
        select(Case, Result, Run.attempts, Run.cancel_requested_at.is_not(None))
        .join(Run, Run.id == Case.first_run_id)
        .outerjoin(Result, Result.run_id == Case.published_run_id)
    )


def of(tenant: Tenant) -> tuple[ColumnElement[bool], ...]:
    """Return what is asked of a case that the tenant may see: its clinic and, of a device, the subject."""
    if tenant.subject_ref is None:
        return (Case.clinic_id == tenant.clinic_id,)
    return (Case.clinic_id == tenant.clinic_id, Case.subject_ref == tenant.subject_ref)


def find(session: Session, tenant: Tenant, case_id: str) -> CaseRow | None:
    row = session.execute(select_cases().where(Case.id == case_id, *of(tenant))).one_or_none()
    return None if row is None else CaseRow(*row)


def glance(session: Session, tenant: Tenant, case_id: str) -> Glance | None:
    query = select(Case.version, Case.state, Case.created_at, Case.subject_ref).where(Case.id == case_id, *of(tenant))
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    return Glance(tenant.clinic_id, row.version, CaseState(row.state), row.created_at, row.subject_ref)


def cancel(session: Session, row: CaseRow) -> CaseRow:
    """Cancel the case as far as it can be; `shared.db.lifecycle` decides and writes."""
    case = lifecycle.cancel_case(session, row.case)
    asked = CaseState(case.state) in OPEN_CASE_STATES
    return replace(row, case=case, cancel_requested=asked)
