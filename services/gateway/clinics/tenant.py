"""The clinic that a request acts for, or every clinic, and its transactions."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from services.gateway.origins.marks import Marks
from services.gateway.refusals import NotFound
from shared.contracts.access import AccessAction
from shared.db.access_log import Access, Origin, record_access, record_first_read
from shared.db.session import Confinement, Database, lift_confinement

_READ_NOW = "read_now"


@dataclass(frozen=True, slots=True)
class Tenant:
    """The clinic that calls, or a device of it, and the only way in which an endpoint gets at its rows.

    An endpoint opens the transaction itself, in its own thread, and it is committed before the endpoint returns. As a
    dependency that yields, the session would be opened in one turn of the thread pool and used in the next: with
    more threads than connections, those that wait for a connection keep out those that hold one.

    `seen` holds which reads this process has told the access log of.
    """

    clinic_id: str
    database: Database
    origin: Origin
    seen: Marks = field(default_factory=Marks)
    confined: Confinement | None = None

    @property
    def subject_ref(self) -> str | None:
        """The one subject of which a device may know; None for a clinic's key."""
        return None if self.confined is None else self.confined.subject_ref

    @property
    def device_id(self) -> str | None:
        return None if self.confined is None else self.confined.device_id

    def require_subject(self, subject_ref: str) -> None:
        """Let a device through for its own subject: of others there is none for it. Raises NotFound."""
        if self.subject_ref not in {None, subject_ref}:
            raise NotFound("there is no such subject")

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a transaction that sees this clinic's rows only, a device's those of its subject.

        Raises DatabaseUnavailable.
        """
        with self.database.transaction(self.clinic_id, confined=self.confined) as session:
            yield session
        for mark in session.info.pop(_READ_NOW, ()):
            self.seen.add(mark)

    @contextmanager
    def unconfined(self) -> Iterator[Session]:
        """Open a transaction that sees all of the clinic, a device's too: for what names no subject any more.

        Whoever calls this has made sure before that it is the subject's. Raises DatabaseUnavailable.
        """
        with self.transaction() as session:
            if self.confined is not None:
                lift_confinement(session)
            yield session

    def record(self, session: Session, access: Access) -> None:
        """Tell the access log, in this transaction."""
        record_access(session, self.origin, access)

    def record_read(self, session: Session, action: AccessAction, case_id: str, version: int) -> None:
        """Tell the access log of a read, unless this caller has read this version before."""
        mark = (self.origin.who or "", action, case_id, version)
        if mark not in self.seen:
            record_first_read(session, self.origin, Access(action, case_id=case_id, version=version))
            session.info.setdefault(_READ_NOW, []).append(mark)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a campaign may go: over one clinic's cases or, for an operator, over those of all (`clinic_id` None)."""

    clinic_id: str | None
    key_id: str
    database: Database
    origin: Origin

    def transaction(self) -> AbstractContextManager[Session]:
        """Open a transaction that sees what is in reach. Raises DatabaseUnavailable."""
        return self.database.transaction(self.clinic_id, operator=self.clinic_id is None)

    def record(self, session: Session, access: Access) -> None:
        """Tell the access log, in this transaction."""
        record_access(session, self.origin, access)
