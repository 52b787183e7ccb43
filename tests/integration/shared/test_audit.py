"""The audit finds what is wrong. Triggers are switched off to plant it, as only the owner can."""

import pytest
from sqlalchemy import Engine, text

from shared.db import lifecycle
from shared.db.session import Database
from tests.integration.records import accept, add_clinic, add_model, claim, some_answer, some_artifacts

PLANTED = {
    "I1": "UPDATE cases SET state = 'accepted', published_run_id = NULL",
    "I4": "UPDATE runs SET attempts = 5",
    "I5": "DELETE FROM events WHERE version = 2",
    "I7": "DELETE FROM artifacts WHERE name = 'layer'",
    "I8": "UPDATE cases SET published_run_id = NULL",
    "I9": "DELETE FROM events WHERE version = 1",
    "stuck": "UPDATE runs SET state = 'running', lease_until = now() - interval '1 hour'",
}


@pytest.fixture
def completed(gateway_database: Database, worker_database: Database) -> str:
    with gateway_database.transaction() as session:
        clinic = add_clinic(session)
    with worker_database.transaction() as session:
        model = add_model(session)
    case = accept(gateway_database, clinic, model)
    (run,) = claim(worker_database)
    with worker_database.transaction() as session:
        lifecycle.record_answer(session, run, some_answer(), some_artifacts(run), image=None)
    return case.id


def violations(database: Database) -> set[str]:
    """Asked as the gateway, which sees no row of a clinic here."""
    with database.transaction() as session:
        return set(session.execute(text("SELECT invariant FROM audit_violations()")).scalars())


@pytest.mark.usefixtures("completed")
def test_a_sound_record_has_no_violations_and_balances(gateway_database: Database) -> None:
    assert violations(gateway_database) == set()
    with gateway_database.transaction() as session:
        assert session.execute(text("SELECT accepted, open, terminal FROM audit_balance()")).one() == (1, 0, 1)


@pytest.mark.usefixtures("completed")
@pytest.mark.parametrize("invariant", PLANTED)
def test_each_planted_violation_is_found(gateway_database: Database, owner_engine: Engine, invariant: str) -> None:
    with owner_engine.begin() as connection:
        for table in ("cases", "runs", "events"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(text(PLANTED[invariant]))
    assert invariant in violations(gateway_database)


@pytest.mark.usefixtures("completed")
def test_the_queue_is_counted_for_every_clinic_together(gateway_database: Database, worker_database: Database) -> None:
    with gateway_database.transaction() as session:
        other = add_clinic(session, "other")
        model = session.execute(text("SELECT id FROM model_versions")).scalar_one()
    for _ in range(3):
        accept(gateway_database, other, model)
    claim(worker_database, limit=1)
    with gateway_database.transaction() as session:
        assert session.execute(text("SELECT sum(waiting) FROM queue_backlog()")).scalar_one() == 2
        assert tuple(session.execute(text("SELECT * FROM queue_pace()")).one()) == (1, 1, 1)
