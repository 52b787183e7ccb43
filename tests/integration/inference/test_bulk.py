"""Bulk work beside live work in the worker's own parts: who gets a lane, and who is in the network next."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from services.inference import registry
from services.inference.claim import Claims
from services.inference.drain import Drain
from services.inference.model.development import write_development_model
from services.inference.turns import Turns
from shared.contracts.enums import CaseState
from shared.db import lifecycle
from shared.db.models import BulkGate, Run
from tests.integration.campaigns import Study
from tests.integration.inference.conftest import Ward, photo

CASES, BATCH = 12, 2


class WatchedTurns(Turns):
    """Writes down who comes to the network and who gets in; the first bulk batch stays in until `go_on` is true."""

    def __init__(self, go_on: Callable[[], bool]) -> None:
        super().__init__()
        self.came: list[bool] = []
        self.entered: list[bool] = []
        self._go_on = go_on

    @contextmanager
    def turn(self, alive: Callable[[], None], *, live: bool) -> Iterator[None]:
        self.came.append(live)
        with super().turn(alive, live=live):
            first = not self.entered
            self.entered.append(live)
            if first:
                until(self._go_on, "what was to come came")
            yield


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


@pytest.fixture
def backlog(ward: Ward, tmp_path: Path) -> Ward:
    """The ward with a campaign on another model: its runs wait."""
    case_ids = [ward.submit(photo()) for _ in range(CASES)]
    ward.work()
    write_development_model(tmp_path / "other", seed=2)
    target, _ = registry.register(ward.worker, ward.store, tmp_path / "other")
    rerun = Study(ward.gateway, ward.worker, ward.clinic, ward.model).campaign(case_ids, target=target)
    with ward.worker.transaction() as session:
        lifecycle.advance_rerun(session, rerun)
    return ward


@pytest.fixture
def drain(backlog: Ward) -> Drain:
    claims = Claims(backlog.worker, worker="test", limit=BATCH, lease_s=60)
    return Drain(claims.take, backlog.pipeline.work, threading.Event(), lanes=3, take_live=claims.take_live)


def waiting(ward: Ward) -> int:
    with ward.worker.transaction() as session:
        return session.execute(select(func.count()).where(Run.state == "queued")).scalar_one()


def test_a_live_photo_in_the_middle_of_bulk_work_waits_for_one_bulk_batch(backlog: Ward, drain: Drain) -> None:
    turns = WatchedTurns(lambda: sorted(turns.came) == [False, False, True])
    backlog.pipeline._turns = turns
    worker = threading.Thread(target=drain)
    worker.start()
    until(lambda: len(turns.came) == 2, "two lanes hold bulk batches, one of them in the network")
    case_id = backlog.submit(photo())
    drain()  # the doorbell
    worker.join(60)
    assert turns.entered[:3] == [False, True, False], "the live photo goes before the bulk batch that came earlier"
    assert backlog.case(case_id).state == CaseState.COMPLETED
    assert waiting(backlog) == 0


def test_with_the_gate_closed_no_bulk_run_is_begun_and_live_work_goes_on(backlog: Ward, drain: Drain) -> None:
    with backlog.worker.transaction() as session:
        session.execute(update(BulkGate).values(is_open=False))
    assert drain() == 0
    case_id = backlog.submit(photo())
    assert drain() == 1
    assert backlog.case(case_id).state == CaseState.COMPLETED
    assert waiting(backlog) == CASES
    with backlog.worker.transaction() as session:
        session.execute(update(BulkGate).values(is_open=True))
    assert drain() == CASES


def test_what_raises_in_its_turn_leaves_the_network_to_the_next() -> None:
    turns, order = Turns(), list[str]()

    def fail() -> None:
        with turns.turn(lambda: None, live=True):
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()

    def come(name: str, *, live: bool) -> threading.Thread:
        def work() -> None:
            with turns.turn(lambda: None, live=live):
                order.append(name)

        thread = threading.Thread(target=work)
        thread.start()
        return thread

    with turns.turn(lambda: None, live=False):
        threads = [come("bulk", live=False), come("live", live=True)]
        until(lambda: turns._live_waiting == 1, "the live one waits")
    for thread in threads:
        thread.join(10)
    assert order == ["live", "bulk"]
