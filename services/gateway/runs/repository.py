"""Every SQL statement that reads runs."""

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from shared.db.models import Case, ModelVersion, Result, Run


@dataclass(frozen=True, slots=True)
class RunRow:
    run: Run
    model_version: str
    published_run_id: str | None
    result: Result | None


def _runs(clinic_id: str) -> Select[tuple[Run, str, str | None, Result]]:
    return (
        select(Run, ModelVersion.version, Case.published_run_id, Result)
        .join(ModelVersion, ModelVersion.id == Run.model_version_id)
        .join(Case, Case.id == Run.case_id)
        .outerjoin(Result, Result.run_id == Run.id)
        .where(Run.clinic_id == clinic_id)
    )


def find(session: Session, clinic_id: str, run_id: str) -> RunRow | None:
    row = session.execute(_runs(clinic_id).where(Run.id == run_id)).one_or_none()
    return None if row is None else RunRow(*row)


def of_case(session: Session, clinic_id: str, case_id: str) -> list[RunRow]:
    """Return the case's runs, the first one first; none where the case is not this clinic's."""
    return [RunRow(*row) for row in session.execute(_runs(clinic_id).where(Run.case_id == case_id).order_by(Run.id))]
