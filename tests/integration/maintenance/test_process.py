"""The process itself: who leads, what an outage does to it, and how it ends."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from alembic import command
from pydantic import SecretStr

from migrations.__main__ import alembic_config
from services.maintenance.leader import MAINTENANCE_LOCK
from services.standalone.database_roles import with_login
from services.standalone.object_store import StoreAddress
from services.standalone.ports import free_port
from services.standalone.servers import RunningServer, create_owner, scratch_folder, start_postgres, start_s3
from shared.contracts.enums import CaseState, RunState
from shared.db.session import Database, DatabaseRole, make_engine
from shared.settings import StorageSettings
from shared.storage import keys
from shared.storage.s3 import S3Store
from tests.integration.conftest import Servers, database_settings
from tests.integration.maintenance.conftest import Maintenance, Practice, Start, practice_of, until


def overdue(practice: Practice) -> str:
    return practice.submit(deadline_at=datetime.now(UTC) - timedelta(seconds=1))


def expires(practice: Practice, case_id: str, within_s: float) -> None:
    until(lambda: practice.case(case_id).state == CaseState.EXPIRED, "the deadline is noticed", within_s)


def test_every_duty_is_done_without_being_asked(practice: Practice, start: Start) -> None:
    late, canceled = overdue(practice), practice.submit()
    practice.cancel(canceled)
    left = practice.submit()
    practice.claim(left, lease_s=0.01)
    maintenance = start()
    maintenance.says("ready")
    expires(practice, late, 40)
    until(lambda: practice.run(left).state == RunState.QUEUED, "the lapsed run goes back")
    until(lambda: practice.case(canceled).incoming_key is None, "the canceled photo is gone")
    assert practice.objects() == {keys.incoming(late), keys.incoming(left)}
    maintenance.says("counts")
    began = time.monotonic()
    assert maintenance.end() == 0
    assert time.monotonic() - began < 8


def test_a_killed_leader_is_replaced_within_seconds(practice: Practice, start: Start) -> None:
    leader = start()
    leader.says("leading")
    other = start()
    other.says("standing_by")
    other.says("ready")
    expires(practice, overdue(practice), 40)
    assert other.events("deadline_passed") == []
    leader.kill()
    case = overdue(practice)
    expires(practice, case, 40)
    assert other.events("leading")
    assert other.events("deadline_passed")


def test_a_leader_that_is_told_to_stop_makes_way(practice: Practice, start: Start) -> None:
    leader = start()
    leader.says("leading")
    other = start()
    other.says("standing_by")
    assert leader.end() == 0
    expires(practice, overdue(practice), 40)
    assert other.events("leading")


def test_a_leader_that_lost_its_connection_notices_and_somebody_leads_again(
    practice: Practice, start: Start, servers: Servers
) -> None:
    leader = start()
    leader.says("leading")
    other = start()
    other.says("standing_by")
    administrator = psycopg2.connect(servers.postgres.url)
    with administrator, administrator.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s",
            (MAINTENANCE_LOCK,),
        )
        assert cursor.rowcount == 1
    administrator.close()
    leader.says("lead_lost")
    until(lambda: len([*leader.events("leading"), *other.events("leading")]) == 2, "one of them leads again")
    expires(practice, overdue(practice), 40)


def test_it_works_without_a_broker(practice: Practice, start: Start) -> None:
    maintenance = start(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    waiting = practice.submit()
    expires(practice, overdue(practice), 40)
    maintenance.says("doorbell_not_rung")
    expires(practice, overdue(practice), 40)
    assert practice.run(waiting).rung_at is None
    assert maintenance.events("duty_failed") == []
    assert maintenance.end() == 0


def test_a_store_that_is_down_holds_nothing_up_but_its_own_objects(
    practice: Practice, start: Start, storage_settings: StorageSettings
) -> None:
    with scratch_folder() as folder, start_s3(folder / "s3") as away:
        address = away.store
        away.kill()
        maintenance = start(
            S3_ENDPOINT=address.endpoint, S3_ACCESS_KEY=address.access_key, S3_SECRET_KEY=address.secret_key
        )
        case = practice.submit()
        practice.cancel(case)
        until(lambda: bool(interrupted(maintenance, "leftovers")), "the store is missed")
        expires(practice, overdue(practice), 40)
        assert practice.case(case).incoming_key
        assert maintenance.events("duty_failed") == []
        away.restart()
        their_store(storage_settings, address).ensure_bucket()
        until(lambda: practice.case(case).incoming_key is None, "the photo is cleared away", 30)


def their_store(settings: StorageSettings, address: StoreAddress) -> S3Store:
    theirs = {
        "s3_endpoint": address.endpoint,
        "s3_access_key": SecretStr(address.access_key),
        "s3_secret_key": SecretStr(address.secret_key),
    }
    return S3Store(settings.model_copy(update=theirs))


def interrupted(maintenance: Maintenance, duty: str) -> list[dict[str, object]]:
    return [line for line in maintenance.events("duty_interrupted") if line["duty"] == duty]


@pytest.fixture
def postgres() -> Iterator[RunningServer]:
    """A server of this test's own, to be stopped and started."""
    with scratch_folder() as folder, start_postgres(folder / "postgres") as postgres:
        yield postgres


@pytest.fixture
def own_practice(postgres: RunningServer, store: S3Store) -> Iterator[Practice]:
    settings = database_settings(create_owner(postgres, password="own"))
    engine = make_engine(settings, role=None)
    config = alembic_config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
    gateway, worker = (Database(make_engine(settings, role)) for role in (DatabaseRole.GATEWAY, DatabaseRole.WORKER))
    yield practice_of(gateway, worker, store)
    gateway.close()
    worker.close()


def test_postgres_may_be_late_and_may_be_restarted(
    own_practice: Practice, postgres: RunningServer, start: Start
) -> None:
    url = with_login(postgres.url, user="lesionlens_owner", password="own", database="lesionlens")
    postgres.stop()
    maintenance = start(DATABASE_URL=url)
    maintenance.says("waiting_for_database")
    for _ in range(2):
        postgres.restart()
        expires(own_practice, overdue(own_practice), 40)
        postgres.stop()
        maintenance.says("lead_lost")
    assert maintenance.process.poll() is None
    assert maintenance.events("duty_failed") == []
    assert len(maintenance.events("ready")) == 1


def test_it_ends_at_once_while_a_server_does_not_answer(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        maintenance = start(DATABASE_URL=f"postgresql://u:p@127.0.0.1:{mute.getsockname()[1]}/nothing")
        mute.settimeout(20)
        peer, _ = mute.accept()
        with peer:
            began = time.monotonic()
            assert maintenance.end() == 0
            assert time.monotonic() - began < 8
