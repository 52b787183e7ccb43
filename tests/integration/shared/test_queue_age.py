"""What workers are scaled by: the age of the oldest run that is due, for a role that can ask for nothing else."""

import time

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from tests.integration.records import accept, claim
from tests.integration.shared.conftest import World


def age(owner_engine: Engine, query: str = "SELECT queue_age_seconds()") -> float:
    """Ask as the role of the chart's ScaledObject does, with its query."""
    with owner_engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE lesionlens_metrics"))
        return float(connection.execute(text(query)).scalar_one())


def test_it_is_the_age_of_the_oldest_live_run_that_is_due(world: World, owner_engine: Engine) -> None:
    assert age(owner_engine) == 0
    accept(world.gateway, world.clinic, world.model)
    began = time.monotonic()
    while age(owner_engine) < 0.5:
        assert time.monotonic() - began < 20
    accept(world.gateway, world.clinic, world.model)
    assert 0.5 <= age(owner_engine) < 20, "one that is younger changes nothing"
    assert age(owner_engine, "SELECT queue_age_seconds('bulk')") == 0
    assert len(claim(world.worker)) == 2
    assert age(owner_engine) == 0, "what is at work does not wait"


@pytest.mark.parametrize("query", ["SELECT count(*) FROM runs", "SELECT * FROM figures_lately()", "TABLE clinics"])
def test_whoever_may_ask_for_it_may_ask_for_nothing_else(world: World, owner_engine: Engine, query: str) -> None:
    accept(world.gateway, world.clinic, world.model)
    with pytest.raises(ProgrammingError, match="permission denied"):
        age(owner_engine, query)
