"""Connections and transactions. One `with` block is one transaction; nobody else commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from shared.errors import DatabaseUnavailable
from shared.settings import DatabaseSettings


class DatabaseRole(StrEnum):
    """The role is a property of the service; the login that may take it is the operator's."""

    GATEWAY = "lesionlens_gateway"
    WORKER = "lesionlens_worker"
    AUDITOR = "lesionlens_auditor"


def make_engine(settings: DatabaseSettings, role: DatabaseRole | None) -> Engine:
    """Return an engine whose connections act as the role. Connects lazily; not to be shared with forked children."""
    options = [f"-c statement_timeout={settings.database_statement_timeout_ms}", "-c timezone=UTC"]
    options.append("-c idle_in_transaction_session_timeout=15000")
    if role is not None:
        options.append(f"-c role={role}")
    url = settings.database_url.get_secret_value().replace("postgresql://", "postgresql+psycopg2://", 1)
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
    def transaction(self, clinic_id: str | None = None, *, operator: bool = False) -> Iterator[Session]:
        """Open a session, commit at the end of the block, roll back where it raises.

        Under row-level security it sees the rows of the clinic that is named, an operator's those of all clinics.

        Raises DatabaseUnavailable where Postgres cannot be reached, stops answering or has no connection left.
        """
        try:
            with self._sessions.begin() as session:
                if clinic_id is not None:
                    session.execute(text("SELECT set_config('app.clinic', :clinic, true)"), {"clinic": clinic_id})
                elif operator:
                    session.execute(text("SELECT set_config('app.operator', 'on', true)"))
                yield session
        except (OperationalError, InterfaceError, PoolTimeoutError) as error:
            raise DatabaseUnavailable("the database cannot be reached or did not answer in time") from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise DatabaseUnavailable("the connection to the database was lost") from error
            raise

    def close(self) -> None:
        self._engine.dispose()
