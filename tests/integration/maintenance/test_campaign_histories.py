"""Campaigns as a state machine that Hypothesis drives: maintenance, workers, sweeps and administrators in any order.

Two campaigns over the same few cases and the same target, on a real Postgres. After each step the audit has to be empty
and no case may have changed; in the end nothing may be left over.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from shared.contracts.enums import RerunState
from shared.db import lifecycle

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from shared.db.records import ClaimedRun
    from tests.integration.campaigns import Study

_WHICH = st.integers(0, 1)
_ANY = st.integers(0, 1_000_000)
_ENDED = {"finished", "canceled"}
_CASES = "SELECT id, state, version, published_run_id, error_code FROM cases ORDER BY id"
_ITEMS = """
SELECT i.rerun_id, c.state, i.state, i.run_id, r.state, i.skip_reason
FROM rerun_items i JOIN reruns c ON c.id = i.rerun_id LEFT JOIN runs r ON r.id = i.run_id
"""
_LAPSE = "UPDATE runs SET lease_until = now() - interval '1 s' WHERE id = :id AND state = 'running'"


class Histories(RuleBasedStateMachine):
    """`held` keeps every claim, also long after it was lost."""

    study: Study
    owner: Engine
    cases: list[str]
    target: str
    reached: set[str]

    def __init__(self) -> None:
        super().__init__()
        self.held: list[ClaimedRun] = []
        self.reruns: list[str] = []
        self.over: dict[str, str] = {}

    @initialize(active=st.integers(1, 6), ratio=st.sampled_from([None, 0.5]), missing=st.booleans())
    def begin(self, active: int, ratio: float | None, missing: bool) -> None:  # noqa: FBT001
        self._change("DELETE FROM rerun_items")
        self._change("DELETE FROM artifacts WHERE run_id IN (SELECT id FROM runs WHERE rerun_id IS NOT NULL)")
        self._change("DELETE FROM results WHERE run_id IN (SELECT id FROM runs WHERE rerun_id IS NOT NULL)")
        self._change("DELETE FROM runs WHERE rerun_id IS NOT NULL")
        self._change("DELETE FROM reruns")
        self.before = self._ask(_CASES)
        columns: dict[str, Any] = {"max_active": active, "stop_failure_ratio": ratio}
        first = self.study.campaign(self.cases, target=self.target, **columns)
        second = self.study.campaign(
            self.cases[:4], target=self.target, reprocess="missing" if missing else "all", newest_first=False
        )
        self.reruns = [first, second]

    # -- maintenance

    @rule(which=_WHICH, limit=st.integers(1, 5))
    def advance(self, which: int, limit: int) -> None:
        self._write(lambda session: lifecycle.advance_rerun(session, self.reruns[which], limit))

    @rule()
    def sweep(self) -> None:
        self._write(lifecycle.lapse_leases)

    # -- administrators

    @rule(which=_WHICH)
    def pause(self, which: int) -> None:
        self._write(lambda session: lifecycle.pause_rerun(session, self.reruns[which]))

    @rule(which=_WHICH)
    def resume(self, which: int) -> None:
        self._write(lambda session: lifecycle.resume_rerun(session, self.reruns[which]))

    @rule(which=_WHICH, sure=st.integers(0, 3))
    def cancel(self, which: int, sure: int) -> None:
        if sure == 0:
            state = self._write(lambda session: lifecycle.cancel_rerun(session, self.reruns[which]))
            assert state in {RerunState.CANCELING, RerunState.CANCELED, RerunState.FINISHED}
            assert self._count(self.reruns[which], "planned") == 0

    # -- workers

    @rule(limit=st.integers(1, 4))
    def claim(self, limit: int) -> None:
        self.held += self.study.take(limit)

    @rule(which=_ANY, how=st.sampled_from(["review", "rejected", "failed", "give back", "fall silent"]))
    def write(self, which: int, how: str) -> None:
        """Write as a worker does, under a fence that may long be stale, or give no more sign of life."""
        if not self.held:
            return
        run = self.held[which % len(self.held)]
        if how == "give back":
            self._write(lambda session: lifecycle.give_back(session, run, delay=timedelta(0)))
        elif how == "fall silent":
            self._change(_LAPSE, id=run.run_id)
        else:
            self.study.end(run, how)

    # -- what holds after every step

    @invariant()
    def the_audit_is_empty(self) -> None:
        assert self._ask("SELECT * FROM audit_violations()") == []

    @invariant()
    def no_case_has_changed(self) -> None:
        if self.reruns:
            assert self._ask(_CASES) == self.before

    @invariant()
    def items_are_as_their_runs(self) -> None:
        for rerun_id, campaign, item, run_id, run, reason in self._ask(_ITEMS):
            assert (item == "planned") <= (run_id is None)
            assert (item == "queued") <= (run_id is not None)
            assert (item == "skipped") == (reason is not None)
            # Whoever takes a run back says so in its item at once; and only what was called off is canceled.
            assert (item == "queued") <= (run != "canceled")
            assert (item == "canceled") <= (campaign in {"canceling", "canceled"})
            if item in {"succeeded", "rejected", "failed"}:
                assert run == item
            if campaign in _ENDED:
                assert item not in {"planned", "queued"}
                assert self.over.setdefault(rerun_id, campaign) == campaign

    def teardown(self) -> None:
        """Bring every campaign to its end: paused ones are called off, the others worked through."""
        if not self.reruns:
            return
        for which in range(2):
            if self.study.rerun(self.reruns[which]).state == RerunState.PAUSED:
                self.cancel(which, 0)
        for _ in range(60):
            self._change("UPDATE runs SET lease_until = now() - interval '1 s' WHERE state = 'running'")
            self._write(lifecycle.lapse_leases)
            for run in self.study.take(8):
                self.study.end(run, "review")
            for which in range(2):
                self.advance(which, 5)
            states = {self.study.rerun(rerun_id).state for rerun_id in self.reruns}
            if states <= _ENDED:
                break
        assert states <= _ENDED, states
        self.the_audit_is_empty()
        self.items_are_as_their_runs()
        self.no_case_has_changed()
        self.reached |= {f"{item}" for _, _, item, *_ in self._ask(_ITEMS)} | states

    # -- reading and writing

    def _count(self, rerun_id: str, state: str) -> int:
        return self.study.items(rerun_id).get(state, 0)

    def _write(self, step: Callable[[Session], Any]) -> Any:
        with self.study.worker.transaction() as session:
            return step(session)

    def _ask(self, statement: str) -> list[tuple[Any, ...]]:
        with self.owner.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def _change(self, statement: str, **values: Any) -> None:
        with self.owner.begin() as connection:
            connection.execute(text(statement), values)


def test_no_history_of_campaigns_leaves_an_item_behind_or_changes_a_case(study: Study, owner_engine: Engine) -> None:
    cases, target, reached = study.cases(7), study.target(), set[str]()
    ground = {"study": study, "owner": owner_engine, "cases": cases, "target": target, "reached": reached}
    run_state_machine_as_test(
        type("History", (Histories,), ground),
        settings=settings(
            max_examples=10,
            stateful_step_count=25,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.generate,),  # shortening a failure takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert reached >= {"finished", "canceled", "succeeded", "skipped"}
