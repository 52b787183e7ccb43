"""Every SQL statement that reads cases. Row-level security narrows each of them to the transaction's clinic."""

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from shared.contracts.enums import CaseState
from shared.db.models import Case, Result, Run


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case, the result that is published, and how often its first run was tried."""

    case: Case
    result: Result | None
    attempts: int


def _cases() -> Select[tuple[Case, Result, int]]:
    return (
        select(Case, Result, Run.attempts)
        .join(Run, Run.id == Case.first_run_id)
        .outerjoin(Result, Result.run_id == Case.published_run_id)
    )


def find(session: Session, clinic_id: str, case_id: str) -> CaseRow | None:
    row = session.execute(_cases().where(Case.id == case_id, Case.clinic_id == clinic_id)).one_or_none()
    return None if row is None else CaseRow(*row)


def page(session: Session, clinic_id: str, *, limit: int, behind: str | None, state: CaseState | None) -> list[CaseRow]:
    """Return up to `limit` cases, newest first, that come behind a case in that order. Ids sort by time."""
    query = _cases().where(Case.clinic_id == clinic_id).order_by(Case.id.desc()).limit(limit)
    if behind is not None:
        query = query.where(Case.id < behind)
    if state is not None:
        query = query.where(Case.state == state)
    return [CaseRow(*row) for row in session.execute(query)]
