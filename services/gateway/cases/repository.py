"""Every SQL statement that reads cases. Row-level security narrows each of them to the transaction's clinic."""

from dataclasses import dataclass, replace

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

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


def find(session: Session, clinic_id: str, case_id: str) -> CaseRow | None:
    row = session.execute(select_cases().where(Case.id == case_id, Case.clinic_id == clinic_id)).one_or_none()
    return None if row is None else CaseRow(*row)


def glance(session: Session, clinic_id: str, case_id: str) -> Glance | None:
    query = select(Case.version, Case.state, Case.created_at).where(Case.id == case_id, Case.clinic_id == clinic_id)
    row = session.execute(query).one_or_none()
    return None if row is None else Glance(clinic_id, row.version, CaseState(row.state), row.created_at)


def cancel(session: Session, row: CaseRow) -> CaseRow:
    """Cancel the case as far as it can be; `shared.db.lifecycle` decides and writes."""
    case = lifecycle.cancel_case(session, row.case)
    asked = CaseState(case.state) in OPEN_CASE_STATES
    return replace(row, case=case, cancel_requested=asked)
