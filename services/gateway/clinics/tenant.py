"""The clinic that a request acts for, or every clinic, and its transactions."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from shared.db.session import Database


@dataclass(frozen=True, slots=True)
class Tenant:
    """The clinic that calls, and the only way in which an endpoint gets at its rows.

    An endpoint opens the transaction itself, in its own thread, and it is committed before the endpoint returns. As a
    dependency that yields, the session would be opened in one turn of the thread pool and used in the next: with
    more threads than connections, those that wait for a connection keep out those that hold one.
    """

    clinic_id: str
    database: Database

    def transaction(self) -> AbstractContextManager[Session]:
        """Open a transaction that sees this clinic's rows only. Raises DatabaseUnavailable."""
        return self.database.transaction(self.clinic_id)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a campaign may go: over one clinic's cases or, for an operator, over those of all (`clinic_id` None)."""

    clinic_id: str | None
    key_id: str
    database: Database

    def transaction(self) -> AbstractContextManager[Session]:
        """Open a transaction that sees what is in reach. Raises DatabaseUnavailable."""
        return self.database.transaction(self.clinic_id, operator=self.clinic_id is None)
