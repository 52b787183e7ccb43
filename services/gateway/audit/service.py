"""The audit as one answer."""

from services.gateway.audit import repository
from services.gateway.audit.schemas import AuditBody
from shared.db.session import Database


def audit(database: Database) -> AuditBody:
    """Return the balance of each clinic, and whatever must not be. Raises DatabaseUnavailable."""
    with database.transaction() as session:
        return AuditBody(balances=repository.balances(session), violations=repository.violations(session))
