"""A lock that Postgres takes back from whoever has gone, however that happened."""

import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text

from shared.db.session import DatabaseRole, make_engine
from shared.db.session_lock import SessionLock
from shared.errors import DatabaseUnavailable
from tests.integration.conftest import database_settings

NUMBER = 11


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_settings(database_url), DatabaseRole.WORKER)
    yield engine
    engine.dispose()


@pytest.fixture
def lock(engine: Engine) -> Iterator[SessionLock]:
    lock = SessionLock(engine, NUMBER)
    yield lock
    lock.release()


@pytest.fixture
def other(engine: Engine) -> Iterator[SessionLock]:
    other = SessionLock(engine, NUMBER)
    yield other
    other.release()


def assert_soon(holds: Callable[[], bool]) -> None:
    """The server gives a lock back once it has noticed that its session is gone."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def end_session_of_holder(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        ended = connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = :number"
                " AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ),
            {"number": NUMBER},
        ).all()
    assert len(ended) == 1


def test_one_holds_it_at_a_time(lock: SessionLock, other: SessionLock) -> None:
    assert lock.hold()
    assert not other.hold()
    assert lock.hold()
    lock.release()
    assert_soon(other.hold)
    assert not lock.hold()


def test_a_holder_whose_session_ended_is_told_and_does_not_hold_it_by_a_new_one(
    lock: SessionLock, other: SessionLock, owner_engine: Engine
) -> None:
    assert lock.hold()
    end_session_of_holder(owner_engine)
    with pytest.raises(DatabaseUnavailable):
        lock.hold()
    assert_soon(other.hold)
    assert not lock.hold()


def test_a_holder_that_falls_silent_loses_it(engine: Engine, other: SessionLock) -> None:
    frozen = SessionLock(engine, NUMBER, silence_s=0.5)
    assert frozen.hold()
    assert_soon(other.hold)
    with pytest.raises(DatabaseUnavailable):
        frozen.hold()


def test_the_session_of_the_lock_never_comes_back_to_the_pool(engine: Engine, lock: SessionLock) -> None:
    assert lock.hold()
    lock.release()
    held = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 11")
    with engine.connect() as connection:
        assert_soon(lambda: connection.execute(held).scalar_one() == 0)
