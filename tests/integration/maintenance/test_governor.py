"""The gate of bulk work: closed while live work is slow, and what claims make of it."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text, update

from services.inference.claim import Claims
from services.maintenance.campaigns import Campaigns
from services.maintenance.governor import Governor, opens
from services.maintenance.rerun_repository import Pace
from shared.contracts.enums import RunQueue
from shared.db.models import BulkGate
from shared.db.session import Database
from shared.queue.publish import Doorbell
from shared.settings import BrokerSettings
from tests.integration.campaigns import Study
from tests.integration.records import accept

NOW = datetime.now(UTC)


@pytest.fixture
def doorbell(broker_settings: BrokerSettings) -> Iterator[Doorbell]:
    doorbell = Doorbell(broker_settings)
    yield doorbell
    doorbell.close()


@pytest.fixture
def governor(worker_database: Database, doorbell: Doorbell) -> Governor:
    return Governor(worker_database, doorbell, limit_s=5)


@dataclasses.dataclass
class Clock:
    """Moves live runs in time; as the owner, past the trigger that keeps the end of a run as it is."""

    owner: Engine

    def back(self, seconds: float) -> None:
        self._set("enqueued_at = enqueued_at - :much, finished_at = finished_at - :much", seconds)

    def slower(self, seconds: float) -> None:
        """Let all of them have taken so much longer."""
        self._set("enqueued_at = enqueued_at - :much", seconds)

    def _set(self, values: str, seconds: float) -> None:
        with self.owner.begin() as connection:
            connection.execute(text("ALTER TABLE runs DISABLE TRIGGER USER"))
            moved = text(f"UPDATE runs SET {values} WHERE queue = 'live'")  # noqa: S608
            connection.execute(moved, {"much": timedelta(seconds=seconds)})
            connection.execute(text("ALTER TABLE runs ENABLE TRIGGER USER"))


@pytest.fixture
def clock(owner_engine: Engine) -> Clock:
    return Clock(owner_engine)


@pytest.fixture
def backlog(study: Study, doorbell: Doorbell, clock: Clock) -> Study:
    """Ten bulk runs wait. The live runs that came before are an hour old."""
    study.campaign(study.cases(10))
    clock.back(3600)
    Campaigns(study.worker, doorbell, lambda: True).advance()
    return study


def gate(study: Study) -> BulkGate:
    with study.worker.transaction() as session:
        return session.get_one(BulkGate, 1)


@pytest.mark.parametrize(
    ("p95_s", "quiet", "was_open", "is_open"),
    [
        (5.1, False, True, False),
        (5.1, False, False, False),
        (4.9, False, True, True),
        (4.1, False, False, False),
        (3.9, False, False, True),
        (9.0, True, False, True),
        (None, False, False, True),
    ],
)
def test_between_the_limit_and_four_fifths_of_it_the_gate_stays_as_it_is(
    p95_s: float | None, *, quiet: bool, was_open: bool, is_open: bool
) -> None:
    assert opens(Pace(p95_s, NOW, quiet), 5, was_open=was_open) is is_open


def test_slow_live_work_closes_the_gate_and_nothing_is_claimed_until_it_is_quiet(
    backlog: Study, governor: Governor, clock: Clock
) -> None:
    backlog.cases(3)
    governor.act()
    assert (gate(backlog).is_open, (gate(backlog).live_p95_s or 0) < 5) == (True, True)
    clock.slower(6)
    governor.act()
    closed = gate(backlog)
    assert (closed.is_open, (closed.live_p95_s or 0) > 6) == (False, True)
    assert backlog.take() == []
    governor.act()
    assert gate(backlog).changed_at == closed.changed_at
    clock.back(11)
    governor.act()
    assert gate(backlog).is_open
    assert len(backlog.take()) == 10


def test_a_live_run_that_nobody_takes_closes_the_gate_though_none_has_ended(
    backlog: Study, governor: Governor, clock: Clock
) -> None:
    accept(backlog.gateway, backlog.clinic, backlog.model)
    governor.act()
    assert (gate(backlog).is_open, gate(backlog).live_p95_s) == (True, None), "it has not waited for long"
    clock.slower(6)
    governor.act()
    assert not gate(backlog).is_open


def test_beside_live_work_bulk_claims_are_of_two_and_after_it_of_as_many_as_fit(
    backlog: Study, governor: Governor
) -> None:
    claims = Claims(backlog.worker, worker="test", limit=4, lease_s=60)
    backlog.cases(1)
    governor.act()
    assert len(claims.take()) == 2
    accept(backlog.gateway, backlog.clinic, backlog.model)
    assert [run.queue for run in claims.take()] == [RunQueue.LIVE]
    assert claims.take_live() == []
    with backlog.worker.transaction() as session:
        session.execute(update(BulkGate).values(live_at=NOW - timedelta(seconds=11)))
    assert len(claims.take()) == 4


def test_the_pace_is_read_from_small_indexes(owner_engine: Engine) -> None:
    """What is asked every second must not read the rows of a million finished runs."""
    parts = {
        "ix_runs_finished_at": "finished_at > now() - interval '1 minute'",
        "ix_runs_due": "state = 'queued'",
        "ix_runs_leases": "state = 'running'",
    }
    with owner_engine.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        for index, part in parts.items():
            asked = text(f"EXPLAIN SELECT id FROM runs WHERE queue = 'live' AND {part}")  # noqa: S608
            plan = "\n".join(connection.execute(asked).scalars())
            assert index in plan, plan
