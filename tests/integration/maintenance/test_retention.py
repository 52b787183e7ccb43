"""A clinic's clock: what is past it goes, oldest first, and nothing else does. And subjects whose erasure was left."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from services.maintenance import erasure_repository
from services.maintenance.retention import Retention
from shared.db import lifecycle
from shared.db.models import AccessEntry, Case, Consent, Erasure
from shared.db.session import Database
from shared.queue.publish import Doorbell
from shared.settings import BrokerSettings
from tests.integration.maintenance.conftest import Practice, Start, until
from tests.integration.records import accept, add_clinic, add_key


@pytest.fixture
def retention(practice: Practice, broker_settings: BrokerSettings) -> Retention:
    return Retention(practice.worker, Doorbell(broker_settings), lambda: True)


def keep_for(engine: Engine, clinic: str, days: int | None) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE clinics SET retention_days = :d WHERE id = :c"), {"d": days, "c": clinic})


def age(engine: Engine, case_id: str, days: float) -> None:
    """Make a case so old. The record lets nobody do that, so its guard is off for the moment."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE cases DISABLE TRIGGER cases_guard"))
        connection.execute(
            text("UPDATE cases SET created_at = now() - make_interval(secs => :s) WHERE id = :c"),
            {"s": timedelta(days=days).total_seconds(), "c": case_id},
        )
        connection.execute(text("ALTER TABLE cases ENABLE TRIGGER cases_guard"))


def state(practice: Practice, *case_ids: str) -> list[str]:
    return [practice.case(case_id).state for case_id in case_ids]


def overdue(database: Database) -> int:
    with database.transaction() as session:
        return int(session.execute(text("SELECT retention_overdue()")).scalar_one())


def audit(practice: Practice) -> list[Any]:
    with practice.gateway.transaction() as session:
        return list(session.execute(text("SELECT * FROM audit_violations()")))


def completed(practice: Practice, engine: Engine, days: float) -> str:
    case_id = practice.submit()
    practice.complete(case_id)
    age(engine, case_id, days)
    return case_id


def test_what_is_past_the_clock_goes_and_nothing_else(
    practice: Practice, retention: Retention, owner_engine: Engine
) -> None:
    old, young = completed(practice, owner_engine, 30.01), completed(practice, owner_engine, 29.99)
    assert (sum(retention.past_clock()), overdue(practice.gateway)) == (0, 0), "off until a clinic has a clock"
    keep_for(owner_engine, practice.clinic, 30)
    assert overdue(practice.gateway) == 1
    assert sum(retention.past_clock()) == 1
    assert state(practice, old, young) == ["erased", "completed"]
    with practice.worker.transaction() as session:
        record = session.get_one(Erasure, old)
        (told,) = session.scalars(select(AccessEntry).where(AccessEntry.case_id == old))
    assert (record.reason, record.requested_by, record.counts["results"]) == ("retention", None, 1)
    assert (told.action, told.caller, told.part) == ("case_erased", "maintenance", "retention")
    assert told.clinic_id == practice.clinic
    assert (sum(retention.past_clock()), overdue(practice.gateway)) == (0, 0)
    keep_for(owner_engine, practice.clinic, 29)
    assert sum(retention.past_clock()) == 1, "a clock that was changed counts in the next round"
    assert audit(practice) == []


def test_what_is_open_waits_until_it_ends(practice: Practice, retention: Retention, owner_engine: Engine) -> None:
    case_id = practice.submit()
    age(owner_engine, case_id, 5)
    keep_for(owner_engine, practice.clinic, 1)
    assert (sum(retention.past_clock()), overdue(practice.gateway)) == (0, 0)
    run = practice.claim(case_id)
    assert sum(retention.past_clock()) == 0
    with practice.worker.transaction() as session:
        assert lifecycle.record_failure(session, run, "undecodable_image")
    assert sum(retention.past_clock()) == 1


def test_oldest_first_a_page_at_a_time_and_each_clinic_by_its_own_clock(
    practice: Practice, owner_engine: Engine
) -> None:
    with practice.gateway.transaction() as session:
        other = add_clinic(session, "other")
    ages = {practice.clinic: (9, 4, 7), other: (8, 100)}
    ids: dict[float, str] = {}
    for clinic, days in ages.items():
        for each in days:
            case_id = accept(practice.gateway, clinic, practice.model).id
            cancel(practice, clinic, case_id)
            age(owner_engine, case_id, each)
            ids[each] = case_id
    keep_for(owner_engine, practice.clinic, 5)
    keep_for(owner_engine, other, 50)
    with practice.worker.transaction() as session:
        found = erasure_repository.past_retention(session, 2)
    assert found == [(other, ids[100]), (practice.clinic, ids[9])]
    with practice.worker.transaction() as session:
        assert len(erasure_repository.past_retention(session, 9)) == 3


def cancel(practice: Practice, clinic: str, case_id: str) -> None:
    with practice.gateway.transaction(clinic) as session:
        lifecycle.cancel_case(session, session.get_one(Case, case_id))


# As many tombstones at the old end as a clock leaves in a year, and a history behind them.
HISTORY = """
INSERT INTO cases (id, clinic_id, state, version, created_at, modality, source_sha256, source_bytes,
                   source_media_type, first_run_id)
SELECT 'case_' || n, clinic_id, CASE WHEN n <= 20000 THEN 'erased' ELSE 'canceled' END, 1,
       now() - interval '40 days' + n * interval '1 minute', 'unknown', '', 0, '', first_run_id
FROM cases CROSS JOIN generate_series(1, 60000) n WHERE id = :template
"""


def test_the_look_up_reads_what_it_returns(practice: Practice, owner_engine: Engine) -> None:
    template = completed(practice, owner_engine, 0)
    keep_for(owner_engine, practice.clinic, 25)
    with owner_engine.begin() as connection:
        connection.execute(text("ALTER TABLE cases DISABLE TRIGGER USER"))
        connection.execute(text("ALTER TABLE cases DROP CONSTRAINT fk_cases_first_run_id_runs"))
        connection.execute(text(HISTORY), {"template": template})
    with owner_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE cases, clinics"))
    with practice.worker.transaction() as session:
        explained = session.execute(
            text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {erasure_repository.PAST_RETENTION}"), {"most": 50}
        ).scalar_one()
        found = erasure_repository.past_retention(session, 50)
    assert [case_id for _, case_id in found] == [f"case_{n}" for n in range(20001, 20051)]
    plan = explained[0]["Plan"]
    assert "ix_cases_retained" in str(plan)
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 100
    assert overdue(practice.gateway) == pytest.approx(1600, abs=2)


def test_the_process_does_it_by_itself(practice: Practice, owner_engine: Engine, start: Start) -> None:
    old = completed(practice, owner_engine, 3)
    keep_for(owner_engine, practice.clinic, 1)
    maintenance = start()
    until(lambda: state(practice, old) == ["erased"], "what is past the clock is erased")
    until(lambda: not practice.objects(), "its objects go as those of any erased case")
    maintenance.says("retention")
    (line,) = maintenance.events("retention")
    assert line["erased"] == 1
    assert not [word for word in (practice.clinic, old) if word in str(line)]
    assert maintenance.end() == 0


def test_maintenance_may_delete_nothing_of_a_living_case(practice: Practice, owner_engine: Engine) -> None:
    living = completed(practice, owner_engine, 3)
    with practice.worker.transaction() as session:
        for table in ("results", "artifacts", "events"):
            assert session.execute(text(f"DELETE FROM {table} RETURNING 1")).all() == []  # noqa: S608 - from above
    assert state(practice, living) == ["completed"]
    for statement in (
        "DELETE FROM erasures",
        """INSERT INTO consents (id, clinic_id, subject_ref, purpose, text_version, recorded_by)
           SELECT 'c', clinic_id, 's', 'screening', 't', 'k' FROM cases""",
    ):
        with pytest.raises(DBAPIError, match="permission denied"), practice.worker.transaction() as session:
            session.execute(text(statement))


# -- subjects


def test_an_erasure_of_a_subject_that_was_left_is_ended(
    gateway_database: Database, worker_database: Database, practice: Practice, retention: Retention
) -> None:
    """Whoever began it crashed after the intent was committed, and after some of the cases."""
    cases = [practice.submit(subject_ref="planted-subject") for _ in range(3)]
    other = practice.submit(subject_ref="another-subject")
    with gateway_database.transaction(practice.clinic) as session:
        key = add_key(session, practice.clinic)
        erasure = lifecycle.open_subject_erasure(session, practice.clinic, "planted-subject", key)
        assert erasure is not None
    with gateway_database.transaction(practice.clinic) as session:
        assert lifecycle.erase_next_of_subject(session, erasure.id)
    assert sorted(state(practice, *cases)) == ["accepted", "accepted", "erased"]
    assert sum(retention.subjects()) == 3
    assert state(practice, *cases, other) == ["erased", "erased", "erased", "accepted"]
    with worker_database.transaction() as session:
        done = session.get_one(type(erasure), erasure.id)
        assert (done.subject_ref, done.finished_at is not None, done.cases) == (None, True, 3)
        reasons = {(each.reason, each.requested_by) for each in session.query(Erasure)}
        assert session.query(Consent).count() == 0
    assert reasons == {("subject", key)}
    assert sum(retention.subjects()) == 0
    assert audit(practice) == []
