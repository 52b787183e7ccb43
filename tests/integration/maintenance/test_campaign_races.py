"""Everybody at once: workers that claim, end and fall silent, maintenance, an administrator who changes his mind."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from shared.contracts.enums import RerunState
from shared.db import lifecycle
from shared.db.models import Case, Rerun, Run
from shared.errors import DatabaseUnavailable
from tests.integration.campaigns import Study
from tests.integration.maintenance.conftest import until

OVER = {RerunState.FINISHED, RerunState.CANCELED}


@dataclass
class Crowd:
    """Those who write to the same rows. The last campaign is published while its runs end."""

    study: Study
    cases: list[str]
    reruns: list[str]
    over: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        for run in self.study.take(3):
            self.study.end(run, "refer")

    def fall_silent(self) -> None:
        self.study.take(1)
        with self.study.worker.transaction() as session:
            lapsed = update(Run).where(Run.state == "running").values(lease_until=datetime.now(UTC))
            session.execute(lapsed)
        with self.study.worker.transaction() as session:
            lifecycle.lapse_leases(session)

    def maintain(self) -> None:
        for rerun in self.reruns:
            with self.study.worker.transaction() as session:
                lifecycle.advance_rerun(session, rerun, 5)

    def change_his_mind(self) -> None:
        for change in (lifecycle.pause_rerun, lifecycle.resume_rerun):
            with self.study.worker.transaction() as session:
                change(session, self.reruns[0])

    def publish(self) -> None:
        for change in (lifecycle.promote_items, lifecycle.roll_back_items):
            with self.study.worker.transaction() as session:
                change(session, self.reruns[-1], self.cases)

    def states(self) -> set[str]:
        with self.study.worker.transaction() as session:
            return set(session.scalars(select(Rerun.state).where(Rerun.id.in_(self.reruns))))

    def until_over(self, step: Callable[[], None]) -> None:
        while not self.over.is_set():
            step()


def test_nobody_waits_in_a_ring_and_nothing_is_left_behind(study: Study) -> None:
    cases, target = study.cases(30), study.target()
    forwards = study.campaign(cases, target=target, max_active=8, newest_first=False)
    backwards = study.campaign(cases, target=target, max_active=8)
    crowd = Crowd(study, cases, [forwards, backwards, study.campaign(cases, max_active=8)])
    everybody = (crowd.work, crowd.work, crowd.fall_silent, crowd.maintain, crowd.maintain, crowd.change_his_mind)
    with ThreadPoolExecutor(7) as threads:
        begun = [threads.submit(crowd.until_over, step) for step in (*everybody, crowd.publish)]
        try:
            until(lambda: crowd.states() <= OVER or any(each.done() for each in begun), "all campaigns end", 60)
        finally:
            crowd.over.set()
    assert [each.exception() for each in begun] == [None] * len(begun)
    assert crowd.states() <= OVER
    with study.worker.transaction() as session:
        assert session.execute(text("SELECT * FROM audit_violations()")).all() == []
        assert set(session.scalars(select(Case.state))) == {"completed"}


@pytest.mark.parametrize("change", [lifecycle.promote_items, lifecycle.roll_back_items])
def test_who_publishes_waits_for_who_moves_the_campaign(study: Study, change: Callable[..., object]) -> None:
    """Its items are gone through in one order here and in another there: without the wait the two may form a ring."""
    cases = study.cases(1)
    rerun = study.campaign(cases)
    with study.worker.transaction() as mover:
        lifecycle.advance_rerun(mover, rerun)
        with pytest.raises(DatabaseUnavailable, match="did not answer in time"):
            impatiently(study, lambda session: change(session, rerun, cases))


def impatiently(study: Study, change: Callable[[Session], object]) -> None:
    with study.worker.transaction() as session:
        session.execute(text("SET LOCAL lock_timeout = '100ms'"))
        change(session)
