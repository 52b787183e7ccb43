"""Signs of life on real Postgres: leases are kept while a batch is in hand, and the row tells who is at work."""

import pytest
from sqlalchemy import select, text

from services.inference.presence import Identity, Presence
from shared.db import lifecycle
from shared.db.models import Worker
from shared.db.records import ClaimedRun
from shared.db.session import Database, DatabaseRole, make_engine
from tests.integration.conftest import database_settings
from tests.integration.records import accept, add_clinic, add_model, claim

DETAILS = {"backend": "torch-cpu-fp32"}


@pytest.fixture
def held(gateway_database: Database, worker_database: Database) -> list[ClaimedRun]:
    with gateway_database.transaction() as session:
        clinic = add_clinic(session)
    with worker_database.transaction() as session:
        model = add_model(session)
    for _ in range(3):
        accept(gateway_database, clinic, model)
    return claim(worker_database, lease_s=0.001)


@pytest.fixture
def presence(worker_database: Database) -> Presence:
    return Presence(worker_database, Identity("here:1", lambda: DETAILS), lease_s=60, seconds_since_look=lambda: 7.0)


def lapsed(database: Database) -> int:
    with database.transaction() as session:
        return len(lifecycle.lapse_leases(session))


def test_leases_last_while_the_batch_is_in_hand(
    worker_database: Database, presence: Presence, held: list[ClaimedRun]
) -> None:
    with presence.holding(held):
        presence.show()
        assert lapsed(worker_database) == 0
    presence.show()


def test_leases_lapse_without_a_sign_of_life(worker_database: Database, held: list[ClaimedRun]) -> None:
    assert lapsed(worker_database) == len(held)


def test_the_row_says_when_the_process_last_looked_and_goes_with_it(
    worker_database: Database, presence: Presence, held: list[ClaimedRun]
) -> None:
    with presence.holding(held):
        presence.show()
    presence.show()
    with worker_database.transaction() as session:
        row = session.scalars(select(Worker)).one()
        ago = session.execute(text("SELECT extract(epoch FROM now() - looked_at) FROM workers")).scalar_one()
    assert (row.id, row.service, row.runs_ended, row.details) == (
        "here:1",
        "inference",
        3,
        {"backend": "torch-cpu-fp32"},
    )
    assert 7 <= ago < 60
    presence.leave()
    with worker_database.transaction() as session:
        assert session.scalars(select(Worker)).all() == []


def test_an_outage_costs_a_sign_of_life_and_not_the_thread(database_url: str, held: list[ClaimedRun]) -> None:
    away = database_url.rsplit("/", 1)[0] + "/not_there"
    database = Database(make_engine(database_settings(away), DatabaseRole.WORKER))
    presence = Presence(database, Identity("here:1", dict), lease_s=60, seconds_since_look=lambda: 0.0)
    with presence.holding(held):
        presence.show()
    presence.leave()
    database.close()
