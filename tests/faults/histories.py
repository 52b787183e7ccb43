"""The life of cases as a state machine that Hypothesis drives: API, workers, zombies, sweeps and the clock.

The gateway's own service accepts and cancels, the life cycle does the rest, on a real Postgres. The clock is moved by
ageing rows. After each step the audit has to be empty and everything that has ended, or was told, has to stay as it is.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.gateway.cases import service as cases
from services.gateway.refusals import AlreadyTerminal, IdempotencyKeyReused
from services.gateway.submissions import service as submissions
from services.gateway.submissions.schemas import Metadata
from shared.contracts.enums import RunQueue, RunState
from shared.db import lifecycle
from tests.faults.photos import jpeg
from tests.integration.records import some_answer, some_artifacts

if TYPE_CHECKING:
    from services.gateway.clinics.tenant import Tenant
    from services.gateway.parts import Parts
    from shared.db.records import ClaimedRun
    from shared.db.session import Database
    from tests.faults.memory_store import MemoryStore

LEASE = timedelta(hours=1)
_PHOTOS = [jpeg(seed, (40, 40)) for seed in range(2)]
_WORKERS = st.sampled_from(["one", "two", "three"])
_ANY = st.integers(min_value=0, max_value=1_000_000)
_TERMINAL = {"succeeded", "rejected", "failed", "timed_out", "canceled", "expired"}
_STATE = """
SELECT r.id, r.state, r.fence, r.attempts, r.max_attempts, c.id, c.state, c.version, c.published_run_id,
       (SELECT string_agg(e.version || ':' || e.type, ',' ORDER BY e.version) FROM events e WHERE e.case_id = c.id)
FROM runs r JOIN cases c ON c.first_run_id = r.id ORDER BY r.id
"""


@dataclass
class Ground:
    """What all histories of one experiment use, and how much they did."""

    parts: Parts
    tenant: Tenant
    worker: Database
    store: MemoryStore
    ask: Any
    change: Any
    histories: int = 0
    steps: int = 0
    stale: int = 0
    ends: dict[str, int] = field(default_factory=dict)


class Histories(RuleBasedStateMachine):
    """One history. `held` keeps every claim, also long after it was lost: who writes with such a one is a zombie."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.answered: dict[str, tuple[int, str]] = {}
        self.held: list[ClaimedRun] = []
        self.ended: dict[str, tuple[Any, ...]] = {}
        self.fences: dict[str, int] = {}
        self.told: dict[str, str] = {}

    @initialize(photos=st.integers(0, 4), claimed=st.integers(0, 3))
    def begin(self, photos: int, claimed: int) -> None:
        self.ground.histories += 1
        self.ground.store.clear()
        of_cases = "cases, runs, results, artifacts, events, deliveries, delivery_attempts"
        self.ground.change(
            f"TRUNCATE uploads, consents, erasures, rerun_items, reruns, {of_cases}, idempotency_records"
        )
        for number in range(photos):
            self.submit(number=number, photo=number % 2, hurried=number == 1)
        if claimed:
            self.claim(worker="one", limit=claimed)

    # -- the caller

    @rule(number=st.integers(0, 5), photo=st.integers(0, 1), hurried=st.booleans())
    def submit(self, number: int, photo: int, hurried: bool) -> None:  # noqa: FBT001 - Hypothesis gives by keyword
        """Post a photo under one of few keys: often one that was used before, sometimes for the other photo."""
        key, content = f"key-{number}", _PHOTOS[photo]
        digest = hashlib.sha256(content).hexdigest()
        wish = submissions.Wish(
            digest, Metadata(client_ref=key, deadline_s=3600 if hurried else None), key, "key_of_a_test"
        )
        sent = submissions.Photo(io.BytesIO(content), len(content), digest)
        known = self.answered.get(key)
        print_of = photo * 2 + hurried
        try:
            accepted = submissions.submit(self.ground.parts, self.ground.tenant, wish, sent)
        except IdempotencyKeyReused:
            assert known is not None
            assert known[0] != print_of
            return
        assert known is None or known == (print_of, accepted.body["id"])
        assert accepted.replayed == (known is not None)
        self.answered[key] = (print_of, accepted.body["id"])

    @precondition(lambda self: self.answered)
    @rule(which=_ANY)
    def cancel(self, which: int) -> None:
        _, case_id = self._one(list(self.answered.values()), which)
        try:
            row = cases.cancel(self.ground.tenant, case_id)
        except AlreadyTerminal:
            return
        assert row.case.state in {"processing", "canceled"}

    # -- workers

    @rule(worker=_WORKERS, limit=st.integers(1, 3))
    def claim(self, worker: str, limit: int) -> None:
        with self.ground.worker.transaction() as session:
            taken = lifecycle.claim_runs(session, worker=worker, queue=RunQueue.LIVE, limit=limit, lease=LEASE)
        for run in taken:
            assert run.fence > self.fences.get(run.run_id, 0)
            assert run.attempts <= run.max_attempts
        assert len({run.run_id for run in taken}) == len(taken)
        self.held += taken

    @precondition(lambda self: self.held)
    @rule(which=_ANY)
    def show_life(self, which: int) -> None:
        run = self._one(self.held, which)
        with self.ground.worker.transaction() as session:
            kept = lifecycle.extend_leases(session, [run], LEASE)
        assert (run.run_id in kept) == self._is_current(run)

    @precondition(lambda self: self.held)
    @rule(which=_ANY, how=st.sampled_from(["succeed", "refuse", "fail", "give back"]))
    def write(self, which: int, how: str) -> None:
        """Write as a worker does, current or zombie: under a stale fence nothing may change (I3)."""
        run = self._one(self.held, which)
        current, before = self._is_current(run), self._record()
        with self.ground.worker.transaction() as session:
            match how:
                case "succeed":
                    ended = lifecycle.record_answer(session, run, some_answer(), some_artifacts(run), None)
                case "refuse":
                    refusal = type(some_answer())(model={}, notice="", quality={}, provenance={}, reasons=[{}])
                    ended = lifecycle.record_answer(session, run, refusal, [], None)
                case "fail":
                    ended = lifecycle.record_failure(session, run, "undecodable_image")
                case _:
                    ended = lifecycle.give_back(session, run, delay=timedelta(0))
        assert (ended is not None) == current
        if not current:
            self.ground.stale += 1
            assert self._record() == before

    # -- clock and sweeps

    @precondition(lambda self: self.held)
    @rule(which=_ANY, noticed=st.booleans())
    def fall_silent(self, which: int, noticed: bool) -> None:  # noqa: FBT001
        """A worker gives no more sign of life for one of its runs; the sweeps notice, now or later."""
        run = self._one(self.held, which)
        self.ground.change(
            "UPDATE runs SET lease_until = now() - interval '1 s' WHERE id = :id AND state = 'running'", id=run.run_id
        )
        if noticed:
            self.sweep()

    @precondition(lambda self: self.held)
    @rule(which=_ANY, limit=st.integers(1, 3))
    def overtake(self, which: int, limit: int) -> None:
        """Another worker claims what a silent one held: from here on the same run has a winner and a zombie."""
        self.fall_silent(which=which, noticed=True)
        self.claim(worker="two", limit=limit)

    @rule()
    def sweep(self) -> None:
        with self.ground.worker.transaction() as session:
            became = lifecycle.lapse_leases(session)
        assert set(became.values()) <= {RunState.QUEUED, RunState.FAILED, RunState.CANCELED}

    @rule(which=_ANY)
    def deadline(self, which: int) -> None:
        """Let the time of one case that has any run out."""
        hurried = self.ground.ask("SELECT id FROM runs WHERE deadline_at IS NOT NULL ORDER BY id")
        if hurried:
            past = "UPDATE runs SET deadline_at = now() - interval '1 s' WHERE id = :id AND finished_at IS NULL"
            self.ground.change(past, id=self._one(hurried, which)[0])
        with self.ground.worker.transaction() as session:
            lifecycle.end_overdue(session)

    # -- what holds after every step

    @invariant()
    def the_audit_is_empty(self) -> None:
        self.ground.steps += 1
        assert self.ground.ask("SELECT * FROM audit_violations()") == []

    @invariant()
    def history_is_linear(self) -> None:
        rows = self._record()
        assert {row[5] for row in rows} == {case_id for _, case_id in self.answered.values()}
        for run_id, _state, fence, attempts, most, case_id, _, version, _, events in rows:
            assert attempts <= most
            assert fence >= self.fences.get(run_id, 0)
            self.fences[run_id] = fence
            told = [int(each.partition(":")[0]) for each in events.split(",")]
            assert told == list(range(1, version + 1))
            assert events.startswith(self.told.get(case_id, ""))
            self.told[case_id] = events
        for row in rows:
            if row[1] in _TERMINAL:
                assert self.ended.setdefault(row[0], tuple(row)) == tuple(row), "what has ended has changed"

    def teardown(self) -> None:
        """Work off what is left: everything accepted has to come to an end."""
        for _ in range(40):
            self.ground.change("UPDATE runs SET lease_until = now() - interval '1 s' WHERE state = 'running'")
            with self.ground.worker.transaction() as session:
                lifecycle.lapse_leases(session)
                lifecycle.end_overdue(session)
            with self.ground.worker.transaction() as session:
                taken = lifecycle.claim_runs(session, worker="last", queue=RunQueue.LIVE, limit=8, lease=LEASE)
                for run in taken:
                    lifecycle.record_answer(session, run, some_answer(), some_artifacts(run), None)
            if not taken:
                break
        self.the_audit_is_empty()
        self.history_is_linear()
        rows = self._record()
        assert [row for row in rows if row[1] not in _TERMINAL] == []
        for row in rows:
            self.ground.ends[row[1]] = self.ground.ends.get(row[1], 0) + 1

    # -- reading

    @staticmethod
    def _one(items: list[Any], which: int) -> Any:
        return items[which % len(items)]

    def _record(self) -> list[Any]:
        rows: list[Any] = self.ground.ask(_STATE)
        return rows

    def _is_current(self, run: ClaimedRun) -> bool:
        found = self.ground.ask("SELECT state, fence FROM runs WHERE id = :id", id=run.run_id)
        return [tuple(each) for each in found] == [("running", run.fence)]
