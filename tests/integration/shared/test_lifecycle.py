"""The life of a case on real Postgres: what the code writes, and what Postgres refuses whoever writes."""

import dataclasses
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared.contracts.enums import CaseState, RunQueue, RunState
from shared.contracts.lifecycle import CASE_TRANSITIONS, MODEL_TRANSITIONS, RUN_TRANSITIONS
from shared.db import lifecycle
from shared.db.models import Case, Event, Run
from tests.integration.records import accept, claim, some_answer, some_artifacts
from tests.integration.shared.conftest import World

GUARDED: dict[str, Mapping[Any, frozenset[Any]]] = {
    "runs_guard": RUN_TRANSITIONS,
    "cases_guard": CASE_TRANSITIONS,
    "model_versions_guard": MODEL_TRANSITIONS,
}


def events_of(world: World, case_id: str) -> list[tuple[int, str]]:
    with world.worker.transaction() as session:
        rows = session.execute(
            select(Event.version, Event.type).where(Event.case_id == case_id).order_by(Event.version)
        )
        return [(version, kind) for version, kind in rows]


def state_of(world: World, case_id: str) -> tuple[str, str]:
    with world.worker.transaction() as session:
        case = session.get_one(Case, case_id)
        return case.state, session.get_one(Run, case.first_run_id).state


def test_a_photo_is_accepted_processed_and_completed_with_one_event_a_version(world: World) -> None:
    case = accept(world.gateway, world.clinic, world.model)
    (run,) = claim(world.worker)
    assert (run.fence, run.attempts, run.is_first) == (1, 1, True)
    with world.worker.transaction() as session:
        assert lifecycle.record_answer(session, run, some_answer(), some_artifacts(run), image=None)
    assert state_of(world, case.id) == (CaseState.COMPLETED, RunState.SUCCEEDED)
    assert events_of(world, case.id) == [(1, "case.accepted"), (2, "case.processing"), (3, "case.completed")]


def test_a_refusal_publishes_its_reasons_and_a_failure_publishes_nothing(world: World) -> None:
    refused, failed = (accept(world.gateway, world.clinic, world.model) for _ in range(2))
    runs = {run.case_id: run for run in claim(world.worker)}
    with world.worker.transaction() as session:
        refusal = dataclasses.replace(
            some_answer(),
            decision=None,
            label=None,
            probabilities=None,
            logits=None,
            malignancy=None,
            thresholds=None,
            reasons=[{"code": "too_small"}],
        )
        assert lifecycle.record_answer(session, runs[refused.id], refusal, [], image=None)
        assert lifecycle.record_failure(session, runs[failed.id], "undecodable_image")
    assert state_of(world, refused.id) == (CaseState.REJECTED, RunState.REJECTED)
    assert state_of(world, failed.id) == (CaseState.FAILED, RunState.FAILED)
    with world.worker.transaction() as session:
        assert session.get_one(Case, refused.id).published_run_id == runs[refused.id].run_id
        assert session.get_one(Case, failed.id).published_run_id is None
        assert session.get_one(Case, failed.id).error_code == "undecodable_image"


def test_a_stale_fence_changes_nothing(world: World) -> None:
    case = accept(world.gateway, world.clinic, world.model)
    (stale,) = claim(world.worker)
    with world.worker.transaction() as session:
        assert lifecycle.give_back(session, stale, delay=timedelta(0))
    (current,) = claim(world.worker)
    assert (current.fence, current.attempts) == (2, 1), "the attempt was refunded, the fence was not"
    with world.worker.transaction() as session:
        assert not lifecycle.record_answer(session, stale, some_answer(), some_artifacts(stale), image=None)
        assert not lifecycle.record_failure(session, stale, "internal_error")
        assert not lifecycle.give_back(session, stale, delay=timedelta(0))
    assert state_of(world, case.id) == (CaseState.PROCESSING, RunState.RUNNING)
    assert [version for version, _ in events_of(world, case.id)] == [1, 2]


def test_two_workers_never_hold_the_same_run(world: World) -> None:
    for _ in range(6):
        accept(world.gateway, world.clinic, world.model)
    with world.worker.transaction() as one, world.worker.transaction() as other:
        first = lifecycle.claim_runs(one, worker="a", queue=RunQueue.LIVE, limit=4, lease=timedelta(minutes=1))
        second = lifecycle.claim_runs(other, worker="b", queue=RunQueue.LIVE, limit=4, lease=timedelta(minutes=1))
    assert (len(first), len(second)) == (4, 2)
    assert {run.run_id for run in first}.isdisjoint(run.run_id for run in second)


def test_a_run_after_a_lapsed_lease_is_claimed_alone(world: World, owner_engine: Engine) -> None:
    cases = [accept(world.gateway, world.clinic, world.model) for _ in range(3)]
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE runs SET lapsed = true WHERE case_id = :case"), {"case": cases[2].id})
    assert [run.case_id for run in claim(world.worker)] == [cases[2].id]
    assert [run.case_id for run in claim(world.worker)] == [cases[0].id, cases[1].id]


REFUSED = {
    "a state without the next version": "UPDATE cases SET state = 'processing'",
    "a version without an event": "UPDATE cases SET version = version + 1",
    "a skipped version": "UPDATE cases SET version = version + 2",
    "a case ended before its run": "UPDATE cases SET state = 'canceled', version = version + 1",
    "a run that starts without a claim": "UPDATE runs SET state = 'running', lease_until = now()",
    "a run that succeeds from the queue": "UPDATE runs SET state = 'succeeded'",
    "a run ended before its case": "UPDATE runs SET state = 'canceled'",
    "a fence that shrinks": "UPDATE runs SET fence = fence - 1",
    "attempts counted outside the claim": "UPDATE runs SET attempts = attempts + 1",
    "an event rewritten": "UPDATE events SET type = 'case.failed'",
    "an event of a version that never was": "INSERT INTO events SELECT 'evt_x', clinic_id, case_id, 9, type,"
    " run_id, now(), data FROM events",
    "a second active run of the model": "INSERT INTO runs (id, case_id, clinic_id, model_version_id, queue, state)"
    " SELECT 'run_x', case_id, clinic_id, model_version_id, queue, state FROM runs",
    "a published run without a result": "UPDATE cases SET published_run_id = first_run_id, version = version + 1",
    "a case that starts elsewhere": "INSERT INTO cases (id, clinic_id, state, version, modality, source_sha256,"
    " source_bytes, source_media_type, first_run_id) SELECT 'case_x', clinic_id, 'completed', 1, modality,"
    " source_sha256, 1, source_media_type, first_run_id FROM cases",
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED.keys())
def test_postgres_refuses(world: World, owner_engine: Engine, statement: str) -> None:
    """Even the owner, past all of our code."""
    accept(world.gateway, world.clinic, world.model)
    with pytest.raises((IntegrityError, DBAPIError)) as refused, owner_engine.begin() as connection:
        connection.execute(text(statement))
    assert getattr(refused.value.orig, "pgcode", None) in {"23514", "23505"}, refused.value


def test_a_terminal_run_and_its_case_have_no_exit(world: World, owner_engine: Engine) -> None:
    accept(world.gateway, world.clinic, world.model)
    (run,) = claim(world.worker)
    with world.worker.transaction() as session:
        lifecycle.record_failure(session, run, "internal_error")
    for statement in (
        "UPDATE runs SET state = 'queued'",
        "UPDATE runs SET fence = fence + 1",
        "UPDATE cases SET state = 'completed', version = version + 1",
        "UPDATE cases SET state = 'processing', version = version + 1",
    ):
        with pytest.raises(IntegrityError), owner_engine.begin() as connection:
            connection.execute(text(statement))


def test_success_needs_a_result_and_every_artifact(world: World) -> None:
    accept(world.gateway, world.clinic, world.model)
    (run,) = claim(world.worker)
    with pytest.raises(IntegrityError, match="without all of its artifacts"), world.worker.transaction() as session:
        lifecycle.record_answer(session, run, some_answer(), some_artifacts(run)[:3], image=None)
    assert state_of(world, run.case_id) == (CaseState.PROCESSING, RunState.RUNNING)


def test_postgres_and_the_code_hold_the_same_state_machines(owner_engine: Engine) -> None:
    """The tables in the triggers and those in shared.contracts are compared as data."""
    for function, table in GUARDED.items():
        with owner_engine.begin() as connection:
            source = connection.execute(
                text("SELECT prosrc FROM pg_proc WHERE proname = :name"), {"name": function}
            ).scalar_one()
            literal = source.split("jsonb := '", 1)[1].split("'", 1)[0]
            exits = connection.execute(text("SELECT CAST(:table AS jsonb)"), {"table": literal}).scalar_one()
        for state, following in table.items():
            assert set(exits.get(state, [])) == set(following), state


def test_the_balance_counts_accepted_open_and_terminal(world: World) -> None:
    for _ in range(3):
        accept(world.gateway, world.clinic, world.model)
    runs = claim(world.worker, limit=2)
    with world.worker.transaction() as session:
        lifecycle.record_failure(session, runs[0], "internal_error")
        balance = session.execute(text("SELECT accepted, open, terminal FROM case_balance")).one()
    assert tuple(balance) == (3, 2, 1)


def age_lease(owner_engine: Engine, run_id: str) -> None:
    with owner_engine.begin() as connection:
        connection.execute(
            text("UPDATE runs SET lease_until = now() - interval '1 s' WHERE id = :run"), {"run": run_id}
        )


def test_a_lapsed_run_goes_back_and_at_the_cap_it_fails(world: World, owner_engine: Engine) -> None:
    case = accept(world.gateway, world.clinic, world.model)
    for attempt in range(1, 6):
        (run,) = claim(world.worker)
        assert run.attempts == attempt
        age_lease(owner_engine, run.run_id)
        with world.worker.transaction() as session:
            became = lifecycle.lapse_leases(session)
    assert became == {run.run_id: RunState.FAILED}
    assert state_of(world, case.id) == (CaseState.FAILED, RunState.FAILED)
    with world.worker.transaction() as session:
        assert session.get_one(Case, case.id).error_code == "attempts_exhausted"


def test_a_worker_whose_lease_lapsed_writes_nothing(world: World, owner_engine: Engine) -> None:
    accept(world.gateway, world.clinic, world.model)
    (stale,) = claim(world.worker)
    age_lease(owner_engine, stale.run_id)
    with world.worker.transaction() as session:
        lifecycle.lapse_leases(session)
        assert lifecycle.record_answer(session, stale, some_answer(), some_artifacts(stale), image=None) is None
        assert lifecycle.extend_leases(session, [stale], timedelta(minutes=1)) == set()


def test_a_sign_of_life_keeps_the_lease(world: World, owner_engine: Engine) -> None:
    accept(world.gateway, world.clinic, world.model)
    (run,) = claim(world.worker)
    age_lease(owner_engine, run.run_id)
    with world.worker.transaction() as session:
        assert lifecycle.extend_leases(session, [run], timedelta(minutes=1)) == {run.run_id}
        assert lifecycle.lapse_leases(session) == {}


def test_cancel_ends_a_waiting_case_and_asks_the_worker_of_a_running_one(world: World) -> None:
    running, waiting = (accept(world.gateway, world.clinic, world.model) for _ in range(2))
    (run,) = claim(world.worker, limit=1)
    with world.gateway.transaction(world.clinic) as session:
        assert lifecycle.cancel_case(session, session.get_one(Case, waiting.id)).state == CaseState.CANCELED
        assert lifecycle.cancel_case(session, session.get_one(Case, running.id)).state == CaseState.PROCESSING
    with world.worker.transaction() as session:
        ended = lifecycle.record_answer(session, run, some_answer(), some_artifacts(run), image=None)
    assert ended is RunState.CANCELED
    assert state_of(world, running.id) == (CaseState.CANCELED, RunState.CANCELED)
    assert [kind for _, kind in events_of(world, running.id)][-1] == "case.canceled"


def test_a_run_that_is_to_be_canceled_is_canceled_also_when_given_back_or_lapsed(
    world: World, owner_engine: Engine
) -> None:
    given, lapsed = (accept(world.gateway, world.clinic, world.model) for _ in range(2))
    runs = {run.case_id: run for run in claim(world.worker)}
    with world.gateway.transaction(world.clinic) as session:
        for case in (given, lapsed):
            lifecycle.cancel_case(session, session.get_one(Case, case.id))
    age_lease(owner_engine, runs[lapsed.id].run_id)
    with world.worker.transaction() as session:
        assert lifecycle.give_back(session, runs[given.id], delay=timedelta(0)) is RunState.CANCELED
        assert lifecycle.lapse_leases(session) == {runs[lapsed.id].run_id: RunState.CANCELED}
    assert state_of(world, given.id) == state_of(world, lapsed.id) == (CaseState.CANCELED, RunState.CANCELED)


def test_deadlines_end_waiting_cases_as_expired_and_running_ones_as_timed_out(world: World) -> None:
    soon = datetime.now(UTC) + timedelta(milliseconds=300)
    running = accept(world.gateway, world.clinic, world.model, deadline_at=soon)
    claim(world.worker)
    waiting = accept(world.gateway, world.clinic, world.model, deadline_at=soon)
    forever = accept(world.gateway, world.clinic, world.model)
    deadline = time.monotonic() + 5
    became: dict[str, RunState] = {}
    while len(became) < 2 and time.monotonic() < deadline:
        with world.worker.transaction() as session:
            became |= lifecycle.end_overdue(session)
    assert state_of(world, waiting.id) == (CaseState.EXPIRED, RunState.EXPIRED)
    assert state_of(world, running.id) == (CaseState.FAILED, RunState.TIMED_OUT)
    assert state_of(world, forever.id) == (CaseState.ACCEPTED, RunState.QUEUED)
