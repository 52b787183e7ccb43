"""Each sweep over rows, by itself, on real Postgres and a real broker."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from redis import Redis
from sqlalchemy import Engine, func, select, text, update

from services.maintenance.sweeps import Sweeps
from services.standalone.ports import free_port
from shared.contracts.enums import CaseState, RunState
from shared.contracts.tasks import QueueName
from shared.db.models import Device, DeviceToken, Enrolment, EnrolmentFailure, IdempotencyRecord, Run, Worker
from shared.db.session import Database
from shared.queue.publish import Doorbell
from shared.settings import BrokerSettings
from tests.integration.maintenance.conftest import Practice, until
from tests.integration.records import add_key


@pytest.fixture
def broker(broker_settings: BrokerSettings) -> Iterator[Redis]:
    with Redis.from_url(broker_settings.redis_url.get_secret_value()) as broker:
        broker.delete(QueueName.INFERENCE)
        yield broker
        broker.delete(QueueName.INFERENCE)


@pytest.fixture
def sweeps(worker_database: Database, broker_settings: BrokerSettings) -> Iterator[Sweeps]:
    doorbell = Doorbell(broker_settings)
    yield Sweeps(worker_database, doorbell, lambda: True)
    doorbell.close()


def rings(broker: Redis) -> int:
    count = broker.llen(QueueName.INFERENCE)
    assert isinstance(count, int)
    return count


def age(database: Database, **by: timedelta) -> None:
    """Move times of all runs into the past."""
    with database.transaction() as session:
        session.execute(update(Run).values({name: getattr(Run, name) - much for name, much in by.items()}))


def test_more_lapsed_runs_than_a_batch_go_back_to_the_queue_and_the_doorbell_rings(
    practice: Practice, sweeps: Sweeps, broker: Redis
) -> None:
    cases = []
    for _ in range(105):
        cases.append(practice.submit())
        practice.claim(cases[-1])
    held = practice.run(cases[0])
    age(practice.worker, lease_until=timedelta(minutes=5))
    sweeps.leases()
    with practice.worker.transaction() as session:
        states = session.execute(select(Run.state, Run.lapsed, func.count()).group_by(Run.state, Run.lapsed)).all()
    assert [tuple(row) for row in states] == [(RunState.QUEUED, True, 105)]
    assert practice.run(cases[0]).attempts == held.attempts
    assert rings(broker) == 1
    sweeps.leases()
    assert rings(broker) == 1


def test_at_the_cap_a_lapsed_run_fails_and_a_held_one_stays(practice: Practice, sweeps: Sweeps) -> None:
    lost = practice.submit()
    for _ in range(5):
        practice.claim(lost)
        age(practice.worker, lease_until=timedelta(minutes=5))
        sweeps.leases()
    case = practice.case(lost)
    assert (case.state, case.error_code) == (CaseState.FAILED, "attempts_exhausted")
    held = practice.submit()
    practice.claim(held)
    sweeps.leases()
    assert practice.run(held).state == RunState.RUNNING


def test_a_deadline_ends_what_waits_and_what_is_at_work_and_nothing_else(practice: Practice, sweeps: Sweeps) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    at_work = practice.submit(deadline_at=soon)
    practice.claim(at_work)
    waiting = practice.submit(deadline_at=soon)
    later, never = practice.submit(deadline_at=soon + timedelta(hours=1)), practice.submit()
    sweeps.deadlines()
    assert practice.case(waiting).state == CaseState.ACCEPTED
    until(lambda: datetime.now(UTC) > soon, "the deadline passes")
    sweeps.deadlines()
    assert practice.case(waiting).state == CaseState.EXPIRED
    assert (practice.case(at_work).state, practice.case(at_work).error_code) == (CaseState.FAILED, "timed_out")
    assert [practice.case(each).state for each in (later, never)] == [CaseState.ACCEPTED] * 2


def test_the_doorbell_rings_for_a_run_that_waited_unheard_and_again_only_when_it_still_waits(
    practice: Practice, sweeps: Sweeps, broker: Redis
) -> None:
    case = practice.submit()
    sweeps.doorbell()
    assert rings(broker) == 0, "whoever accepted the photo rings first"
    age(practice.worker, next_attempt_at=timedelta(seconds=2))
    sweeps.doorbell()
    assert rings(broker) == 1
    sweeps.doorbell()
    assert rings(broker) == 1
    age(practice.worker, rung_at=timedelta(minutes=1), next_attempt_at=timedelta(minutes=2))
    sweeps.doorbell()
    assert rings(broker) == 2
    practice.claim(case)
    age(practice.worker, rung_at=timedelta(minutes=1))
    sweeps.doorbell()
    assert rings(broker) == 2


def test_a_run_that_is_not_due_yet_is_not_rung_for(practice: Practice, sweeps: Sweeps, broker: Redis) -> None:
    practice.submit()
    age(practice.worker, next_attempt_at=timedelta(hours=-1), enqueued_at=timedelta(hours=1))
    sweeps.doorbell()
    assert rings(broker) == 0


def test_without_a_broker_the_run_counts_as_unrung(practice: Practice) -> None:
    dead = Doorbell(BrokerSettings(redis_url=SecretStr(f"redis://127.0.0.1:{free_port()}/0")))
    case = practice.submit()
    age(practice.worker, next_attempt_at=timedelta(seconds=2))
    Sweeps(practice.worker, dead, lambda: True).doorbell()
    assert practice.run(case).rung_at is None


def test_answers_for_repeated_requests_are_deleted_once_expired(
    practice: Practice, sweeps: Sweeps, owner_engine: Engine
) -> None:
    case = practice.submit()
    with practice.gateway.transaction(practice.clinic) as session:
        session.add_all(
            IdempotencyRecord(
                clinic_id=practice.clinic,
                route="r",
                key=f"{number}",
                fingerprint="f",
                case_id=case,
                status=202,
                response={},
                expires_at=datetime.now(UTC) + timedelta(hours=1 if number < 3 else -1),
            )
            for number in range(1100)
        )
    sweeps.expired_answers()
    with owner_engine.connect() as connection:
        left = connection.execute(text("SELECT key FROM idempotency_records ORDER BY key")).scalars().all()
    assert left == ["0", "1", "2"]


def test_working_processes_that_fell_silent_are_forgotten(practice: Practice, sweeps: Sweeps) -> None:
    with practice.worker.transaction() as session:
        for name, minutes in (("alive", 9), ("gone", 11)):
            seen = datetime.now(UTC) - timedelta(minutes=minutes)
            session.add(Worker(id=name, service="inference", looked_at=seen, details={}))
    sweeps.silent_workers()
    with practice.worker.transaction() as session:
        assert session.scalars(select(Worker.id)).all() == ["alive"]


def test_codes_tokens_and_devices_are_forgotten_in_their_time(practice: Practice, sweeps: Sweeps) -> None:
    """An old refresh token is known, used or not, until it would have expired; a device for 30 days more."""
    now = datetime.now(UTC)
    with practice.gateway.transaction(practice.clinic) as session:
        key = add_key(session, practice.clinic)

        def add_device(name: str, expires: timedelta, revoked: timedelta | None = None) -> None:
            whose = {"clinic_id": practice.clinic, "subject_ref": "anna"}
            ended = {} if revoked is None else {"revoked_at": now + revoked, "revoked_because": "clinic"}
            session.add(Device(id=name, enrolled_by=key, expires_at=now + expires, **whose, **ended))
            session.flush()
            for number, life in enumerate((expires, expires - timedelta(days=1))):
                token = {"digest": secrets.token_bytes(32), "device_id": name, "clinic_id": practice.clinic}
                session.add(DeviceToken(**token, kind="refresh", number=number, expires_at=now + life))
            over = {"code_digest": secrets.token_bytes(32), "made_by": key, "expires_at": now + expires}
            session.add(Enrolment(id=name, **whose, **over))

        add_device("living", timedelta(days=80))
        add_device("revoked lately", timedelta(days=80), revoked=timedelta(days=-29))
        add_device("revoked long ago", timedelta(days=80), revoked=timedelta(days=-31))
        add_device("just over", timedelta(hours=-1))
        add_device("long over", timedelta(days=-31))
        for hours in (1, 25):
            session.add(EnrolmentFailure(minute=now - timedelta(hours=hours), count=5))
    sweeps.old_devices()
    with practice.worker.transaction() as session:
        assert set(session.scalars(select(Device.id))) == {"living", "revoked lately", "just over"}
        assert sorted(session.scalars(select(DeviceToken.device_id))) == ["living"] * 2 + ["revoked lately"] * 2
        assert set(session.scalars(select(Enrolment.id))) == {
            "living",
            "revoked lately",
            "revoked long ago",
            "just over",
        }
        assert len(session.scalars(select(EnrolmentFailure.count)).all()) == 1


def test_who_no_longer_leads_changes_nothing(practice: Practice, broker_settings: BrokerSettings) -> None:
    case = practice.submit(deadline_at=datetime.now(UTC) + timedelta(seconds=-1))
    outsider = Sweeps(practice.worker, Doorbell(broker_settings), lambda: False)
    outsider.leases()
    outsider.deadlines()
    outsider.expired_answers()
    outsider.old_devices()
    assert practice.case(case).state == CaseState.ACCEPTED


def test_the_frequent_questions_are_answered_from_small_indexes(owner_engine: Engine) -> None:
    """What is asked every two seconds must not read the rows of a million finished cases."""
    questions = {
        "ix_cases_leftover": "SELECT id FROM cases WHERE incoming_key IS NOT NULL"
        " AND (image_key IS NOT NULL OR state IN ('failed', 'canceled')) AND id > '' ORDER BY id LIMIT 100",
        "ix_runs_deadline_at": "SELECT id FROM runs WHERE deadline_at <= now()"
        " AND (state = 'queued' OR state = 'running') ORDER BY id LIMIT 100",
        "ix_runs_leases": "SELECT id FROM runs WHERE state = 'running' AND lease_until < now() ORDER BY id LIMIT 100",
        "ix_runs_due": "SELECT id FROM runs WHERE state = 'queued' AND next_attempt_at < now() LIMIT 1",
    }
    with owner_engine.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        for index, question in questions.items():
            plan = "\n".join(connection.execute(text(f"EXPLAIN {question}")).scalars())
            assert index in plan, plan
