"""Every SQL statement of the audit: functions that run in the database as the auditor, who reads every clinic."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.gateway.audit.schemas import Balance, Violation


def balances(session: Session) -> list[Balance]:
    rows = session.execute(text("SELECT clinic_id, accepted, open, terminal FROM audit_balance()")).mappings()
    return [Balance.model_validate(dict(row)) for row in rows]


def violations(session: Session) -> list[Violation]:
    rows = session.execute(text("SELECT invariant, case_id, detail FROM audit_violations()")).mappings()
    return [Violation.model_validate(dict(row)) for row in rows]
