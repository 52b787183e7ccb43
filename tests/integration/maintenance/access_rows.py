"""Rows of an access log, seals over them, and a superuser who can do to both what no service may."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, Engine, text

from services.maintenance.access_sealer import Sealer
from services.maintenance.access_verifier import Verdict, verify
from services.standalone.database_roles import with_login
from shared.contracts.access import AccessAction
from shared.contracts.ids import IdPrefix, new_id
from shared.db.access_log import COMMAND_LINE, Access, record_access
from shared.db.session import Database, DatabaseRole, make_engine
from tests.integration.conftest import Servers, database_settings

TABLES = ("access_log", "access_seals")


@dataclass
class Log:
    """`superuser` passes every policy and may switch triggers off."""

    gateway: Database
    worker: Database
    auditor: Database
    superuser: Engine

    def write(self, rows: int = 1) -> None:
        """Write rows in one transaction."""
        with self.gateway.transaction() as session:
            for _ in range(rows):
                record_access(session, COMMAND_LINE, Access(AccessAction.KEY_CREATED, subject=new_id(IdPrefix.KEY)))

    def sealer(self, rows: int = 10_000) -> Sealer:
        return Sealer(self.worker, rows=rows)

    def sealed(self, *batches: int) -> None:
        """Write and seal so many rows at a time."""
        sealer = self.sealer()
        for rows in batches:
            self.write(rows)
            assert sealer.act() is False

    def verify(self, heads: Mapping[int, str] | None = None) -> Verdict:
        with self.auditor.transaction() as session:
            return verify(session, heads or {})

    def found(self, heads: Mapping[int, str] | None = None) -> list[tuple[str, int, int | None]]:
        return [(each.kind.value, each.seq, each.row_id) for each in self.verify(heads).findings]

    @contextmanager
    def tampering(self) -> Iterator[Connection]:
        """Open a transaction of somebody who has taken over the database and switched the triggers off."""
        with self.superuser.begin() as connection:
            for table in TABLES:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            yield connection
            for table in TABLES:
                connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))

    def tamper(self, statement: str) -> None:
        with self.tampering() as connection:
            assert connection.execute(text(statement)).rowcount, "nothing was tampered with"


@contextmanager
def log_of(servers: Servers, database_url: str) -> Iterator[Log]:
    settings = database_settings(database_url)
    roles = (DatabaseRole.GATEWAY, DatabaseRole.WORKER, DatabaseRole.AUDITOR)
    gateway, worker, auditor = (Database(make_engine(settings, role)) for role in roles)
    name = database_url.rsplit("/", 1)[1]
    user, _, password = servers.postgres.url.split("://", 1)[1].split("@", 1)[0].partition(":")
    url = with_login(servers.postgres.url, user=user, password=password, database=name)
    superuser = make_engine(database_settings(url), role=None)
    yield Log(gateway, worker, auditor, superuser)
    superuser.dispose()
    for database in (gateway, worker, auditor):
        database.close()


@pytest.fixture
def log(servers: Servers, database_url: str) -> Iterator[Log]:
    with log_of(servers, database_url) as log:
        yield log
