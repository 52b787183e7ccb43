"""Every SQL statement that reads runs."""

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.gateway.cases.repository import of
from services.gateway.clinics.tenant import Tenant
from shared.db.models import Case, ModelVersion, Result, Run


@dataclass(frozen=True, slots=True)
class RunRow:
    run: Run
    model_version: str
    published_run_id: str | None
    case_state: str
    case_version: int
    result: Result | None


def _runs(tenant: Tenant) -> Select[tuple[Run, str, str | None, str, int, Result]]:
    return (
        select(Run, ModelVersion.version, Case.published_run_id, Case.state, Case.version, Result)
        .join(ModelVersion, ModelVersion.id == Run.model_version_id)
        .join(Case, Case.id == Run.case_id)
        .outerjoin(Result, Result.run_id == Run.id)
        .where(Run.clinic_id == tenant.clinic_id, *of(tenant))
    )


def find(session: Session, tenant: Tenant, run_id: str) -> RunRow | None:
    row = session.execute(_runs(tenant).where(Run.id == run_id)).one_or_none()
    return None if row is None else RunRow(*row)


def of_case(session: Session, tenant: Tenant, case_id: str) -> list[RunRow]:
    """Return the case's runs, the first one first; none where the case is not this caller's."""
    return [RunRow(*row) for row in session.execute(_runs(tenant).where(Run.case_id == case_id).order_by(Run.id))]
