"""A clinic, a model and both sides of the record, to begin with."""

import dataclasses

import pytest

from shared.db.session import Database
from tests.integration.records import add_clinic, add_model


@dataclasses.dataclass
class World:
    gateway: Database
    worker: Database
    clinic: str
    model: str


@pytest.fixture
def world(gateway_database: Database, worker_database: Database) -> World:
    with gateway_database.transaction() as session:
        clinic = add_clinic(session)
    with worker_database.transaction() as session:
        model = add_model(session)
    return World(gateway_database, worker_database, clinic, model)
