"""Connections and transactions. One `with` block is one transaction; nobody else commits."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from shared.errors import DatabaseUnavailable
from shared.settings import DatabaseSettings

# What a statement meets where its role may not enter the schema: it finds no table, no function.
_NOT_FOUND = {"42P01", "42883"}


class DatabaseRole(StrEnum):
    """The role is a property of the service; the login that may take it is the operator's."""

    GATEWAY = "lesionlens_gateway"
    WORKER = "lesionlens_worker"
    AUDITOR = "lesionlens_auditor"


@dataclass(frozen=True, slots=True)
class Confinement:
    """To what a device is confined within its clinic. Raises ValueError for nobody: that would mean not at all."""

    subject_ref: str
    device_id: str

    def __post_init__(self) -> None:
        if not self.subject_ref or not self.device_id:
            raise ValueError("a device is confined to one subject")


def make_engine(settings: DatabaseSettings, role: DatabaseRole | None) -> Engine:
    """Return an engine whose connections act as the role. Connects lazily; not to be shared with forked children."""
    options = [f"-c statement_timeout={settings.database_statement_timeout_ms}", "-c timezone=UTC"]
    options.append("-c idle_in_transaction_session_timeout=15000")
    if role is not None:
        options.append(f"-c role={role}")
    # Postgres' own tools take both.
    url = re.sub("^postgres(ql)?://", "postgresql+psycopg2://", settings.database_url.get_secret_value())
    return create_engine(
        url,
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        hide_parameters=True,  # an error message must not carry what a clinic wrote
        connect_args={
            "options": " ".join(options),
            "connect_timeout": settings.database_connect_timeout_s,
            "application_name": str(role or "lesionlens"),
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
        },
    )


class Database:
    """Hands out transactions. A tenant's rows are visible only inside a transaction that names the clinic."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False, autoflush=False)

    @contextmanager
    def transaction(
        self,
        clinic_id: str | None = None,
        *,
        operator: bool = False,
        confined: Confinement | None = None,
        presented: bytes | None = None,
    ) -> Iterator[Session]:
        """Open a session, commit at the end of the block, roll back where it raises.

        Under row-level security it sees the rows of the clinic that is named, an operator's those of all clinics. One
        that is `confined` sees of its clinic what is of the one subject. `presented` is the digest of a code or a token
        of which nobody knows the clinic yet: what it stands for is seen too.

        Raises DatabaseUnavailable where Postgres cannot be reached, stops answering or has no connection left, and
        where a restore has closed the schema and not finished.
        """
        try:
            with self._sessions.begin() as session:
                _name(session, _settings(clinic_id, confined, presented, operator=operator))
                yield session
        except (OperationalError, InterfaceError, PoolTimeoutError) as error:
            raise DatabaseUnavailable("the database cannot be reached or did not answer in time") from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise DatabaseUnavailable("the connection to the database was lost") from error
            if getattr(error.orig, "pgcode", None) in _NOT_FOUND and self._is_closed():
                raise DatabaseUnavailable("a restore of the database has not finished") from error
            raise

    def _is_closed(self) -> bool:
        """Return whether our role may not enter the schema. A restore takes that right from every service's role."""
        with self.transaction() as session:
            return not session.execute(text("SELECT has_schema_privilege('public', 'USAGE')")).scalar_one()

    def close(self) -> None:
        self._engine.dispose()


def name_clinic(session: Session, clinic_id: str) -> None:
    """Let the rest of the transaction see the clinic's rows: whose a code or a token is, it tells itself."""
    _name(session, {"app.clinic": clinic_id})


def lift_confinement(session: Session) -> None:
    """Let the rest of the transaction see all of its clinic.

    For what outlives whose it is: an erased case names no subject, so that one who is confined could not erase one.
    Whoever calls this has made sure before that the case is the subject's.
    """
    _name(session, {"app.subject": "", "app.device": ""})


def _settings(
    clinic_id: str | None, confined: Confinement | None, presented: bytes | None, *, operator: bool
) -> dict[str, str]:
    named = {} if clinic_id is None else {"app.clinic": clinic_id}
    if clinic_id is None and operator:
        named["app.operator"] = "on"
    if confined is not None:
        named |= {"app.subject": confined.subject_ref, "app.device": confined.device_id}
    if presented is not None:
        named["app.presented"] = presented.hex()
    return named


def _name(session: Session, settings: dict[str, str]) -> None:
    """Set for the rest of the transaction, in one statement; a pooled connection carries nothing over."""
    if settings:
        parts = ", ".join(f"set_config(:n{i}, :v{i}, true)" for i in range(len(settings)))
        values = {key: word for i, (n, v) in enumerate(settings.items()) for key, word in ((f"n{i}", n), (f"v{i}", v))}
        session.execute(text(f"SELECT {parts}"), values)
