"""The life of a model on real Postgres: one is active, and of two administrators at once one wins."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared.contracts.enums import ModelState
from shared.db import lifecycle
from shared.db.models import ModelVersion
from shared.db.session import Database
from shared.errors import ModelActive, ModelUnknown, RegistryChanged
from tests.integration.records import add_model


@pytest.fixture(params=["gateway_database", "worker_database"])
def database(request: pytest.FixtureRequest) -> Database:
    """Whoever changes the registry: the API as the gateway, the command line as the worker."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Database)
    return found


@pytest.fixture
def models(worker_database: Database) -> list[str]:
    with worker_database.transaction() as session:
        return [add_model(session, ModelState.CANDIDATE) for _ in range(3)]


def states(database: Database) -> dict[str, str]:
    with database.transaction() as session:
        return dict(session.execute(select(ModelVersion.id, ModelVersion.state)).tuples().all())


def revision(database: Database) -> int:
    with database.transaction() as session:
        return lifecycle.registry_revision(session)


def activate(database: Database, model: str, expected: int | None = None) -> lifecycle.Activation:
    with database.transaction() as session:
        return lifecycle.activate_model(session, model, expected=None if expected is None else {expected})


def retire(database: Database, model: str) -> None:
    with database.transaction() as session:
        lifecycle.retire_model(session, model)


def test_from_candidate_to_active_to_retired_and_back(database: Database, models: list[str]) -> None:
    one, two, three = models
    assert activate(database, one) == lifecycle.Activation(None, one)
    assert activate(database, two) == lifecycle.Activation(one, two)
    assert states(database) == {one: "retired", two: "active", three: "candidate"}
    before = revision(database)
    assert activate(database, two) == lifecycle.Activation(two, two)
    assert revision(database) == before, "nothing changed"
    assert activate(database, one) == lifecycle.Activation(two, one), "a roll back"
    assert revision(database) > before
    retire(database, three)
    retire(database, three)
    assert states(database) == {one: "active", two: "retired", three: "retired"}
    with database.transaction() as session:
        rows = {row.id: row for row in session.scalars(select(ModelVersion))}
        assert rows[one].retired_at is None
        assert rows[two].activated_at is not None
        assert rows[two].retired_at is not None
        assert rows[three].activated_at is None


def test_what_may_not_be(database: Database, models: list[str]) -> None:
    activate(database, models[0])
    with pytest.raises(ModelActive):
        retire(database, models[0])
    for refused in (activate, retire):
        with pytest.raises(ModelUnknown):
            refused(database, "mdl_none")
    seen = revision(database)
    activate(database, models[1], seen)
    with pytest.raises(RegistryChanged):
        activate(database, models[2], seen)
    assert states(database)[models[1]] == "active"


def rival(database: Database, seen: int, together: threading.Barrier, model: str) -> bool:
    """Activate a model at the same moment as another does; return whether that counted."""
    together.wait(5)
    try:
        activate(database, model, seen)
    except RegistryChanged:
        return False
    return True


def test_of_two_at_once_one_wins(database: Database, models: list[str]) -> None:
    for _ in range(20):
        now = states(database)
        rivals = [model for model in models if now[model] != "active"][:2]
        attempt = partial(rival, database, revision(database), threading.Barrier(2))
        with ThreadPoolExecutor(2) as pool:
            won = dict(zip(rivals, pool.map(attempt, rivals), strict=True))
        assert sorted(won.values()) == [False, True]
        active = [model for model, state in states(database).items() if state == "active"]
        assert active == [model for model in rivals if won[model]]


def test_postgres_refuses_what_the_code_would_not_do(owner_engine: Engine, models: list[str]) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE model_versions SET state = 'retired' WHERE id = :id"), {"id": models[0]})
    for statement in (
        "UPDATE model_versions SET state = 'candidate' WHERE id = :id",
        "INSERT INTO model_registry (id, revision) VALUES (2, 0)",
    ):
        with pytest.raises(IntegrityError), owner_engine.begin() as connection:
            connection.execute(text(statement), {"id": models[0]})


def test_the_gateway_cannot_change_what_a_version_is(gateway_database: Database, models: list[str]) -> None:
    for change in ("manifest = '{}'", "version = 'x'", "weights_key = 'x'", "weights_sha256 = 'x'", "name = 'x'"):
        with pytest.raises(DBAPIError, match="permission denied"), gateway_database.transaction() as session:
            session.execute(text(f"UPDATE model_versions SET {change} WHERE id = :id"), {"id": models[0]})  # noqa: S608
    with pytest.raises(DBAPIError, match="permission denied"), gateway_database.transaction() as session:
        session.execute(text("DELETE FROM model_versions"))
