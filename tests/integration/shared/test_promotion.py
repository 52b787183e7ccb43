"""Publishing a re-run's result and taking that back: pointer, state, version and event, and who wins."""

import dataclasses
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from shared.contracts.enums import CaseState, EventType, ModelState, Promotion, RerunItemState, RunQueue, RunState
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.models import ApiKey, Case, Event, Rerun, RerunItem, Run
from shared.db.records import ClaimedRun
from tests.integration.records import accept, add_model, claim, some_answer, some_artifacts
from tests.integration.shared.conftest import World


def first_run(world: World, *, fails: bool = False, decision: str = "review") -> Case:
    """A case whose first run has ended."""
    case = accept(world.gateway, world.clinic, world.model)
    (run,) = claim(world.worker)
    with world.worker.transaction() as session:
        if fails:
            lifecycle.record_failure(session, run, "non_finite_activation")
        else:
            answer = dataclasses.replace(some_answer(), decision=decision)
            lifecycle.record_answer(session, run, answer, some_artifacts(run), image=None)
    return case_now(world, case.id)


def case_now(world: World, case_id: str) -> Case:
    with world.worker.transaction() as session:
        return session.get_one(Case, case_id)


def campaign_over(world: World, case: Case, *, decision: str | None = "refer") -> str:
    """A campaign of one case whose run on another model has ended; without a decision, in a refusal."""
    rerun_id, run_id = new_id(IdPrefix.RERUN), new_id(IdPrefix.RUN)
    with world.gateway.transaction() as session:
        key = ApiKey(
            id=new_id(IdPrefix.KEY), name="k", secret_sha256=rerun_id.encode()[:32].ljust(32), scopes=["admin"]
        )
        session.add(key)
    with world.worker.transaction() as session:
        target = add_model(session, ModelState.CANDIDATE)
        soon = {"expires_at": case.created_at, "reprocess": "all", "selector": {}}
        session.add(Rerun(id=rerun_id, made_by=key.id, state="running", target_model_id=target, **soon))
        session.add(
            Run(
                id=run_id,
                case_id=case.id,
                clinic_id=case.clinic_id,
                model_version_id=target,
                rerun_id=rerun_id,
                queue=RunQueue.BULK,
                state=RunState.QUEUED,
            )
        )
        session.flush()
        session.add(
            RerunItem(
                rerun_id=rerun_id,
                case_id=case.id,
                clinic_id=case.clinic_id,
                state=RerunItemState.QUEUED,
                base_run_id=case.published_run_id,
                run_id=run_id,
            )
        )
    end(world, rerun_id, claim_bulk(world), decision)
    return rerun_id


def claim_bulk(world: World) -> ClaimedRun:
    with world.worker.transaction() as session:
        lease = timedelta(seconds=60)
        (run,) = lifecycle.claim_runs(session, worker="test", queue=RunQueue.BULK, limit=1, lease=lease)
    return run


def end(world: World, rerun_id: str, run: ClaimedRun, decision: str | None) -> None:
    refused: dict[str, Any] = dict.fromkeys(("label", "probabilities", "logits", "malignancy", "thresholds"))
    answer = dataclasses.replace(some_answer(), decision=decision, **({} if decision else refused))
    artifacts = some_artifacts(run) if decision else []
    state = RerunItemState.SUCCEEDED if decision else RerunItemState.REJECTED
    with world.worker.transaction() as session:
        assert lifecycle.record_answer(session, run, answer, artifacts, image=None) == str(state)
        session.execute(update(RerunItem).where(RerunItem.rerun_id == rerun_id).values(state=state))


def promote(world: World, rerun_id: str, case: Case) -> dict[str, Promotion]:
    with world.gateway.transaction(world.clinic) as session:
        return lifecycle.promote_items(session, rerun_id, [case.id])


def roll_back(world: World, rerun_id: str, case: Case) -> dict[str, Promotion]:
    with world.gateway.transaction(world.clinic) as session:
        return lifecycle.roll_back_items(session, rerun_id, [case.id])


def last_event(world: World, case: Case) -> Event:
    with world.worker.transaction() as session:
        mine = select(Event).where(Event.case_id == case.id).order_by(Event.version.desc()).limit(1)
        return session.scalars(mine).one()


def test_a_rerun_by_itself_changes_nothing_that_a_clinic_sees(world: World) -> None:
    case = first_run(world)
    campaign_over(world, case)
    now = case_now(world, case.id)
    assert (now.state, now.version, now.published_run_id) == (case.state, case.version, case.published_run_id)


@pytest.mark.parametrize(("decision", "changed"), [("refer", True), ("review", False), (None, True)])
def test_promotion_moves_the_pointer_and_says_whether_the_decision_changed(
    world: World, decision: str | None, *, changed: bool
) -> None:
    case = first_run(world)
    rerun = campaign_over(world, case, decision=decision)
    assert promote(world, rerun, case) == {case.id: Promotion.PROMOTED}
    now, event = case_now(world, case.id), last_event(world, case)
    assert now.state == (CaseState.COMPLETED if decision else CaseState.REJECTED)
    assert (now.version, event.version, event.run_id) == (case.version + 1, case.version + 1, now.published_run_id)
    assert event.type == EventType.RESULT_SUPERSEDED
    assert event.data == {
        "state": now.state,
        "rerun_id": rerun,
        "previous_run_id": case.published_run_id,
        "decision_changed": changed,
    }
    assert promote(world, rerun, case) == {}


def test_a_failed_case_is_repaired_and_rolled_back_to_its_failure(world: World) -> None:
    case = first_run(world, fails=True)
    rerun = campaign_over(world, case)
    promote(world, rerun, case)
    now = case_now(world, case.id)
    assert (now.state, now.error_code, last_event(world, case).type) == ("completed", None, EventType.CASE_COMPLETED)
    assert roll_back(world, rerun, case) == {case.id: Promotion.ROLLED_BACK}
    now = case_now(world, case.id)
    assert (now.state, now.published_run_id, now.error_code) == ("failed", None, "non_finite_activation")
    assert last_event(world, case).type == EventType.RESULT_SUPERSEDED
    assert promote(world, rerun, case) == {case.id: Promotion.PROMOTED}


def test_what_was_promoted_later_is_rolled_back_first(world: World) -> None:
    case = first_run(world)
    early = campaign_over(world, case)
    late = campaign_over(world, case, decision="no_refer")
    promote(world, early, case)
    assert promote(world, late, case) == {case.id: Promotion.CONFLICT}
    after = campaign_over(world, case_now(world, case.id), decision="no_refer")
    promote(world, after, case)
    assert roll_back(world, early, case) == {case.id: Promotion.CONFLICT}
    assert roll_back(world, after, case) == {case.id: Promotion.ROLLED_BACK}
    assert roll_back(world, early, case) == {case.id: Promotion.ROLLED_BACK}
    assert case_now(world, case.id).published_run_id == case.published_run_id


def test_of_two_who_promote_at_once_one_wins(world: World) -> None:
    case = first_run(world)
    campaigns = [campaign_over(world, case) for _ in range(2)]
    found: list[Promotion] = []
    together = threading.Barrier(2)

    def race(rerun: str) -> None:
        together.wait()
        found.extend(promote(world, rerun, case).values())

    racers = [threading.Thread(target=race, args=(rerun,)) for rerun in campaigns]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(found) == [Promotion.CONFLICT, Promotion.PROMOTED]


def test_only_an_operators_transaction_sees_every_clinics_campaigns(world: World) -> None:
    campaign_over(world, first_run(world))
    with world.gateway.transaction() as session:
        assert session.scalars(select(Case.id)).all() == []
        assert session.scalars(select(RerunItem.case_id)).all() == []
    with world.gateway.transaction(operator=True) as session:
        assert len(session.scalars(select(RerunItem.case_id)).all()) == 1
