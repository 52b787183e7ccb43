"""The duty that moves campaigns on, on real Postgres and a real broker. Workers end runs without a network."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from sqlalchemy import Engine, select, text, update

from services.maintenance.campaigns import Campaigns
from shared.contracts.enums import CaseState, Promotion, RerunState
from shared.contracts.tasks import QueueName
from shared.db import lifecycle
from shared.db.models import Case, Event, Rerun, Run
from shared.db.session import Database
from shared.queue.publish import Doorbell
from shared.settings import BrokerSettings
from tests.integration.campaigns import Study
from tests.integration.maintenance.conftest import Start, until


@pytest.fixture
def broker(broker_settings: BrokerSettings) -> Iterator[Redis]:
    with Redis.from_url(broker_settings.redis_url.get_secret_value()) as broker:
        broker.delete(*QueueName)
        yield broker
        broker.delete(*QueueName)


@pytest.fixture
def campaigns(worker_database: Database, broker_settings: BrokerSettings) -> Iterator[Campaigns]:
    doorbell = Doorbell(broker_settings)
    yield Campaigns(worker_database, doorbell, lambda: True)
    doorbell.close()


def pause(study: Study, rerun: str) -> RerunState | None:
    with study.gateway.transaction(study.clinic) as session:
        return lifecycle.pause_rerun(session, rerun)


def resume(study: Study, rerun: str) -> RerunState | None:
    with study.gateway.transaction(study.clinic) as session:
        return lifecycle.resume_rerun(session, rerun)


def cancel(study: Study, rerun: str) -> RerunState | None:
    with study.gateway.transaction(study.clinic) as session:
        return lifecycle.cancel_rerun(session, rerun)


def work_through(study: Study, campaigns: Campaigns, how: str = "review") -> None:
    campaigns.advance()
    while runs := study.take():
        for run in runs:
            study.end(run, how)
        campaigns.advance()


@pytest.mark.parametrize("newest_first", [True, False])
def test_no_more_are_queued_than_may_be_active_in_the_order_asked_for_and_the_doorbell_rings(
    study: Study, campaigns: Campaigns, broker: Redis, *, newest_first: bool
) -> None:
    cases = sorted(study.cases(7), reverse=newest_first)
    rerun = study.campaign(cases, max_active=3, newest_first=newest_first)
    campaigns.advance()
    campaigns.advance()
    assert study.items(rerun) == {"queued": 3, "planned": 4}
    assert [study.item(rerun, case).state for case in cases[:3]] == ["queued"] * 3
    assert broker.llen(QueueName.INFERENCE) == 1
    study.end(study.take(1)[0], "review")
    campaigns.advance()
    assert study.items(rerun) == {"succeeded": 1, "queued": 3, "planned": 3}


def test_a_campaign_runs_to_its_end_and_no_case_has_changed(study: Study, campaigns: Campaigns) -> None:
    cases = study.cases(5)
    before = [(case.state, case.version, case.published_run_id) for case in map(study.case, cases)]
    rerun = study.campaign(cases, max_active=2)
    campaigns.advance()
    for how in ("refer", "rejected", "failed", "refer", "refer"):
        study.end(study.take(1)[0], how)
        campaigns.advance()
    ended = study.rerun(rerun)
    assert study.items(rerun) == {"succeeded": 3, "rejected": 1, "failed": 1}
    assert (ended.state, ended.stop_reason) == (RerunState.FINISHED, None)
    assert ended.finished_at is not None
    assert [(case.state, case.version, case.published_run_id) for case in map(study.case, cases)] == before
    with study.worker.transaction() as session:
        told = session.execute(select(Event.type, Event.clinic_id, Event.data).where(Event.case_id.is_(None))).all()
    assert [tuple(event) for event in told] == [("rerun.completed", study.clinic, {"rerun_id": rerun})]


def test_each_case_is_looked_at_again_when_its_turn_comes(
    study: Study, campaigns: Campaigns, owner_engine: Engine
) -> None:
    target = study.target()
    known, gone, busy, sound = study.cases(4)
    work_through(study, campaigns)
    study.campaign([known], target=target)
    work_through(study, campaigns)
    study.campaign([busy], target=target)
    campaigns.advance()
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE cases SET incoming_key = NULL WHERE id = :id"), {"id": gone})
    rerun = study.campaign([known, gone, busy, sound], target=target, reprocess="missing")
    campaigns.advance()
    found = {case: study.item(rerun, case) for case in (known, gone, busy, sound)}
    assert [(item.state, item.skip_reason) for item in found.values()] == [
        ("skipped", "already_has_run"),
        ("skipped", "image_missing"),
        ("skipped", "in_flight"),
        ("queued", None),
    ]


def test_who_has_a_result_by_now_is_no_failed_case_any_more(study: Study, campaigns: Campaigns) -> None:
    (case,) = study.cases(1, fails=True)
    first = study.campaign([case])
    late = study.campaign([case], state=RerunState.PAUSED, reprocess="failed")
    work_through(study, campaigns)
    with study.gateway.transaction(study.clinic) as session:
        assert lifecycle.promote_items(session, first, [case]) == {case: Promotion.PROMOTED}
    resume(study, late)
    campaigns.advance()
    assert study.item(late, case).skip_reason == "not_failed"
    assert study.rerun(late).state == RerunState.FINISHED


def test_a_run_made_by_another_in_between_is_in_flight(study: Study, campaigns: Campaigns) -> None:
    target, cases = study.target(), study.cases(2)
    both = [study.campaign(cases, target=target) for _ in range(2)]
    campaigns.advance()
    assert [study.items(each) for each in both] == [{"queued": 2}, {"skipped": 2}]
    assert [study.rerun(each).state for each in both] == [RerunState.RUNNING, RerunState.FINISHED]


def test_it_pauses_when_as_many_fail_as_it_was_told_to_stop_at_and_goes_on_when_resumed(
    study: Study, campaigns: Campaigns
) -> None:
    rerun = study.campaign(study.cases(45), max_active=10, stop_failure_ratio=0.5)
    for batch in range(2):
        campaigns.advance()
        assert study.rerun(rerun).state == RerunState.RUNNING, "10 are too few to judge by"
        for number, run in enumerate(study.take(10)):
            study.end(run, "failed" if batch or number < 1 else "review")
    campaigns.advance()
    paused = study.rerun(rerun)
    assert (paused.state, paused.stop_reason) == (RerunState.PAUSED, "failure_ratio")
    assert study.items(rerun) == {"succeeded": 9, "failed": 11, "planned": 25}
    assert resume(study, rerun) == RerunState.RUNNING
    work_through(study, campaigns)
    assert study.items(rerun) == {"succeeded": 34, "failed": 11}
    assert study.rerun(rerun).state == RerunState.FINISHED


def test_it_pauses_at_its_deadline_and_whoever_resumes_it_lifts_that(study: Study, campaigns: Campaigns) -> None:
    rerun = study.campaign(study.cases(3), max_active=1, deadline_at=datetime.now(UTC) + timedelta(hours=1))
    campaigns.advance()
    assert study.items(rerun) == {"queued": 1, "planned": 2}
    with study.worker.transaction() as session:
        session.execute(update(Rerun).values(deadline_at=datetime.now(UTC)))
    campaigns.advance()
    assert (study.rerun(rerun).state, study.rerun(rerun).stop_reason) == (RerunState.PAUSED, "deadline")
    assert study.items(rerun) == {"planned": 3}
    resume(study, rerun)
    work_through(study, campaigns)
    assert (study.rerun(rerun).state, study.rerun(rerun).stop_reason) == (RerunState.FINISHED, None)


def test_a_pause_takes_back_what_waits_and_lets_end_what_is_at_work(study: Study, campaigns: Campaigns) -> None:
    rerun = study.campaign(study.cases(4), max_active=4)
    campaigns.advance()
    ends, returns = study.take(2)
    assert pause(study, rerun) == RerunState.PAUSED
    assert study.items(rerun) == {"queued": 2, "planned": 2}
    assert study.take() == []
    study.end(ends, "review")
    with study.worker.transaction() as session:
        lifecycle.give_back(session, returns, delay=timedelta(0))
    campaigns.advance()
    assert study.items(rerun) == {"succeeded": 1, "planned": 3}, "what was given back is not begun again"
    assert study.take() == []
    assert pause(study, rerun) == RerunState.PAUSED
    assert resume(study, rerun) == RerunState.RUNNING
    work_through(study, campaigns)
    assert study.items(rerun) == {"succeeded": 4}
    with study.worker.transaction() as session:
        assert len(session.scalars(select(Run.id).where(Run.rerun_id == rerun)).all()) == 7, "three were canceled"


def test_a_suspect_stays_in_the_queue_of_a_paused_campaign(study: Study, campaigns: Campaigns) -> None:
    rerun = study.campaign(study.cases(2))
    campaigns.advance()
    study.take(1)
    with study.worker.transaction() as session:
        session.execute(update(Run).where(Run.state == "running").values(lease_until=datetime.now(UTC)))
    with study.worker.transaction() as session:
        lifecycle.lapse_leases(session)
    pause(study, rerun)
    campaigns.advance()
    assert study.items(rerun) == {"queued": 1, "planned": 1}
    (suspect,) = study.take()
    assert suspect.suspect
    assert cancel(study, rerun) == RerunState.CANCELING


def test_what_is_at_work_when_a_campaign_is_called_off_ends_in_the_shadow(study: Study, campaigns: Campaigns) -> None:
    cases = study.cases(5)
    rerun = study.campaign(cases, max_active=3)
    campaigns.advance()
    ends, returns = study.take(2)
    assert cancel(study, rerun) == RerunState.CANCELING
    assert study.items(rerun) == {"queued": 2, "canceled": 3}
    study.end(ends, "refer")
    with study.worker.transaction() as session:
        lifecycle.give_back(session, returns, delay=timedelta(0))
    campaigns.advance()
    assert study.items(rerun) == {"succeeded": 1, "canceled": 4}
    assert study.rerun(rerun).state == RerunState.CANCELED
    assert study.item(rerun, ends.case_id).state == "succeeded"
    with study.gateway.transaction(study.clinic) as session:
        assert lifecycle.promote_items(session, rerun, cases) == {}
    assert study.case(ends.case_id).published_run_id != ends.run_id


def test_with_nothing_at_work_it_is_canceled_at_once_and_what_is_over_stays_over(
    study: Study, campaigns: Campaigns
) -> None:
    cases = study.cases(2)
    fed, planned, over = study.campaign(cases), study.campaign(cases, state=RerunState.PLANNED), study.campaign([])
    campaigns.advance()
    assert [cancel(study, each) for each in (fed, planned, over)] == ["canceled", "canceled", "finished"]
    assert [study.items(each) for each in (fed, planned)] == [{"canceled": 2}] * 2
    assert [pause(study, fed), resume(study, fed), cancel(study, "rrn_unknown")] == ["canceled", "canceled", None]
    assert study.take() == []


def test_a_plan_that_nobody_starts_expires(study: Study, campaigns: Campaigns) -> None:
    states = (RerunState.PLANNING, RerunState.PLANNED, RerunState.RUNNING)
    old = [study.campaign(study.cases(1), state=state, expires_at=datetime.now(UTC)) for state in states]
    fresh = study.campaign([], state=RerunState.PLANNED)
    campaigns.advance()
    assert [study.rerun(each).state for each in (*old, fresh)] == ["expired", "expired", "running", "planned"]


def publish(campaigns: Campaigns) -> None:
    for _ in campaigns.promotions():
        pass


@pytest.mark.parametrize(("limit", "published"), [(0.25, True), (0.2, False), (None, False)])
def test_it_publishes_by_itself_only_within_its_flip_limit(
    study: Study, campaigns: Campaigns, broker: Redis, limit: float | None, *, published: bool
) -> None:
    cases = study.cases(4)
    (failed,) = study.cases(1, fails=True)
    rerun = study.campaign([*cases, failed], auto_promote=True, max_flip_ratio=limit)
    campaigns.advance()
    publish(campaigns)
    assert study.case(cases[0]).version == 3, "nothing before the end"
    for run in study.take():
        study.end(run, "refer" if run.case_id == cases[0] else "review")
    campaigns.advance()
    publish(campaigns)
    ended = study.rerun(rerun)
    assert (ended.state, ended.stop_reason) == (RerunState.FINISHED, None if published else "flip_ratio")
    pointers = [study.case(case).published_run_id == study.item(rerun, case).run_id for case in (*cases, failed)]
    assert pointers == [published] * 5
    assert study.case(failed).state == (CaseState.COMPLETED if published else CaseState.FAILED)
    assert broker.llen(QueueName.NOTIFIER) == 1 + published, "for its end, and for what was published"
    versions = [study.case(case).version for case in cases]
    publish(campaigns)
    assert [study.case(case).version for case in cases] == versions


def test_a_promotion_that_was_broken_off_is_taken_up_again(study: Study, campaigns: Campaigns) -> None:
    cases = study.cases(105)
    rerun = study.campaign(cases, auto_promote=True, max_flip_ratio=0, max_active=200)
    work_through(study, campaigns)
    steps = campaigns.promotions()
    assert [next(steps), next(steps)] == [105, 100]
    del steps
    assert study.rerun(rerun).auto_promoted_at is None
    publish(campaigns)
    assert study.rerun(rerun).auto_promoted_at is not None
    with study.worker.transaction() as session:
        assert set(session.scalars(select(Case.version))) == {4}


def test_who_no_longer_leads_changes_nothing(study: Study, broker_settings: BrokerSettings) -> None:
    rerun = study.campaign(study.cases(2))
    outsider = Campaigns(study.worker, Doorbell(broker_settings), lambda: False)
    outsider.advance()
    assert study.items(rerun) == {"planned": 2}


def test_the_process_feeds_a_campaign_and_says_when_it_ends(study: Study, start: Start) -> None:
    rerun = study.campaign(study.cases(3), max_active=2)
    maintenance = start()

    def done() -> bool:
        for run in study.take():
            study.end(run, "review")
        return study.rerun(rerun).state == RerunState.FINISHED

    until(done, "the campaign ends")
    maintenance.says("campaign_moved")
    (line,) = maintenance.events("campaign_moved")
    assert {name: line[name] for name in ("rerun_id", "state", "succeeded")} == {
        "rerun_id": rerun,
        "state": "finished",
        "succeeded": 3,
    }


PLANTED = {
    "a run that ended long ago": "UPDATE runs SET state = 'failed', lease_until = NULL,"
    " finished_at = now() - interval '3 minutes' WHERE rerun_id IS NOT NULL",
    "an item left open": "UPDATE reruns SET state = 'finished'",
    "nothing left": "UPDATE reruns SET state = 'canceling'; UPDATE rerun_items SET state = 'canceled'",
}


@pytest.mark.parametrize("broken", PLANTED)
def test_the_audit_finds_strands(study: Study, campaigns: Campaigns, owner_engine: Engine, broken: str) -> None:
    study.campaign(study.cases(1))
    campaigns.advance()
    assert audit(study) == set()
    plant(owner_engine, PLANTED[broken])
    assert audit(study) == {"strand"}


def test_the_audit_finds_what_is_published_without_a_promotion(
    study: Study, campaigns: Campaigns, owner_engine: Engine
) -> None:
    (case,) = study.cases(1)
    rerun = study.campaign([case])
    work_through(study, campaigns)
    with study.gateway.transaction(study.clinic) as session:
        lifecycle.promote_items(session, rerun, [case])
    assert audit(study) == set()
    plant(owner_engine, "UPDATE rerun_items SET promotion = 'rolled_back'")
    assert audit(study) == {"shadow"}


def audit(study: Study) -> set[str]:
    with study.gateway.transaction() as session:
        return set(session.execute(text("SELECT invariant FROM audit_violations()")).scalars())


def plant(owner_engine: Engine, statement: str) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("ALTER TABLE runs DISABLE TRIGGER USER"))
        connection.execute(text(statement))
