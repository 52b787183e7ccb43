"""Who is signed in, and how far that reaches: over every clinic, one at a time where it is about photos."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from services.gateway.clinics import service as clinics
from services.gateway.clinics.tenant import Reach, Tenant
from services.gateway.origins.marks import Marks
from shared.db.access_log import Access, Origin, record_access
from shared.db.session import Database


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator with a browser. `form_word` has to come back with every form; nobody else's page knows it."""

    key_id: str
    expires_at: datetime
    form_word: str = field(repr=False)
    database: Database
    origin: Origin
    reads: Marks

    @property
    def reach(self) -> Reach:
        """Over the campaigns and cases of all clinics."""
        return Reach(None, self.key_id, self.database, self.origin)

    def tenant(self, clinic_id: str) -> Tenant:
        """Return one clinic's rows. What is read and done there stands in the access log, under that clinic.

        Raises NotFound, DatabaseUnavailable.
        """
        clinics.clinic(self.database, clinic_id)
        return Tenant(clinic_id, self.database, replace(self.origin, clinic_id=clinic_id), self.reads)

    @contextmanager
    def over_all(self, access: Access | None = None) -> Iterator[Session]:
        """Open a transaction that sees the cases of all clinics, and tell the access log of it.

        Raises DatabaseUnavailable.
        """
        with self.database.transaction(operator=True) as session:
            yield session
            if access is not None:
                record_access(session, self.origin, access)
