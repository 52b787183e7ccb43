"""What maintenance removes of erased cases from a real store, when it says that nothing is left, and campaigns."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from services.maintenance.erasures import Erasures
from shared.contracts.enums import ArtifactName, Promotion
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.lifecycle.rerun_items import feed_items
from shared.db.models import Erasure, Rerun, Upload
from shared.errors import StoreUnavailable
from shared.settings import StorageSettings
from shared.storage import keys
from shared.storage.s3 import S3Store, make_client
from tests.integration.campaigns import Study
from tests.integration.maintenance.conftest import Practice, Start, until
from tests.integration.records import add_key

SOON, LATER = timedelta(hours=1), timedelta(0)  # a last pass that is not due yet, and one that is


class BusyStore(S3Store):
    """A store in which something happens just after a prefix was erased."""

    after_erasure: Callable[[str], None]

    def erase(self, prefix: str) -> int:
        erased = super().erase(prefix)
        self.after_erasure(prefix)
        return erased


def erase(practice: Practice | Study, case_id: str) -> None:
    with practice.gateway.transaction(practice.clinic) as session:
        assert lifecycle.erase_case(session, practice.clinic, case_id, add_key(session, practice.clinic))


def sweep(practice: Practice, settled_after: timedelta = SOON, store: S3Store | None = None) -> int:
    erasures = Erasures(practice.worker, store or practice.store, lambda: True, settled_after=settled_after)
    return sum(erasures.steps())


def record(practice: Practice, case_id: str) -> Erasure:
    with practice.worker.transaction() as session:
        return session.get_one(Erasure, case_id)


def put(practice: Practice, *wanted: str) -> None:
    for key in wanted:
        practice.store.put(key, b"x", media_type="application/octet-stream")


def completed(practice: Practice) -> tuple[str, str]:
    """A case with objects everywhere; and the key of one that another attempt of its run writes."""
    case_id = practice.submit()
    run = practice.complete(case_id)
    late = keys.artifact(case_id, run.run_id, run.fence + 1, ArtifactName.OVERLAY)
    put(practice, keys.quarantine(case_id), late)
    return case_id, late


def test_everything_of_the_case_goes_and_nothing_of_another(practice: Practice) -> None:
    other, _ = completed(practice)
    others = practice.objects()
    case_id, _ = completed(practice)
    upload = keys.upload("token")
    put(practice, upload, keys.upload("another"))
    with practice.gateway.transaction(practice.clinic) as session:
        past = datetime.now(UTC) - timedelta(hours=1)
        row = Upload(id=new_id(IdPrefix.UPLOAD), clinic_id=practice.clinic, key=upload, expires_at=past)
        row.case_id = case_id
        session.add(row)
    assert sweep(practice) == 0, "nothing is erased that was not asked for"
    erase(practice, case_id)
    assert sweep(practice) == 9  # as sent, quarantine, cleaned, four pictures, a lost attempt's, as uploaded
    assert practice.objects() == others | {keys.upload("another")}
    first = record(practice, case_id)
    assert (first.objects_removed_at is not None, first.objects_removed, first.proved_at) == (True, 9, None)
    assert sweep(practice) == 0
    assert practice.case(other).state == "completed"


def test_what_a_stopped_worker_puts_late_goes_with_the_last_pass_and_only_that_is_the_proof(practice: Practice) -> None:
    case_id, late = completed(practice)
    erase(practice, case_id)
    sweep(practice)
    put(practice, late, keys.incoming(case_id))
    assert (sweep(practice), record(practice, case_id).proved_at) == (0, None)
    assert sweep(practice, LATER) == 2
    assert practice.objects() == set()
    done = record(practice, case_id)
    assert done.proved_at is not None
    assert sweep(practice, LATER) == 0
    assert record(practice, case_id).proved_at == done.proved_at


def test_nothing_is_proved_while_something_is_found(practice: Practice, storage_settings: StorageSettings) -> None:
    case_id, late = completed(practice)
    erase(practice, case_id)
    busy = BusyStore(storage_settings)
    busy.after_erasure = lambda prefix: put(practice, late) if prefix.startswith("cases/") else None
    sweep(practice, LATER, busy)
    assert (record(practice, case_id).objects_removed_at is not None, record(practice, case_id).proved_at) == (
        True,
        None,
    )
    assert sweep(practice, LATER) == 1
    assert record(practice, case_id).proved_at is not None


def test_nothing_is_proved_while_the_form_of_the_upload_counts(practice: Practice, owner_engine: Engine) -> None:
    case_id = practice.submit()
    with practice.gateway.transaction(practice.clinic) as session:
        soon = datetime.now(UTC) + timedelta(minutes=10)
        row = Upload(id=new_id(IdPrefix.UPLOAD), clinic_id=practice.clinic, key=keys.upload("t"), expires_at=soon)
        row.case_id = case_id
        session.add(row)
    erase(practice, case_id)
    sweep(practice, LATER)
    assert record(practice, case_id).proved_at is None
    put(practice, keys.upload("t"))
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE uploads SET expires_at = now() - interval '1 second'"))
    assert sweep(practice, LATER) == 1
    assert record(practice, case_id).proved_at is not None


def test_a_case_that_the_store_refuses_comes_up_again_and_holds_nobody_up(
    practice: Practice, storage_settings: StorageSettings
) -> None:
    refused, other = practice.submit(), practice.submit()
    for case_id in (refused, other):
        erase(practice, case_id)
    busy = BusyStore(storage_settings)

    def refuse(prefix: str) -> None:
        if refused in prefix:
            raise StoreUnavailable("not now")

    busy.after_erasure = refuse
    with pytest.raises(StoreUnavailable):
        sweep(practice, LATER, busy)
    assert [record(practice, each).objects_removed_at is None for each in (refused, other)] == [True, False]
    sweep(practice, LATER)
    assert record(practice, refused).proved_at is not None


def test_in_a_bucket_with_versions_every_version_goes(practice: Practice, storage_settings: StorageSettings) -> None:
    client = make_client(storage_settings)
    client.put_bucket_versioning(Bucket=storage_settings.s3_bucket, VersioningConfiguration={"Status": "Enabled"})
    case_id, late = completed(practice)
    put(practice, late)
    practice.store.delete(late)
    listed = client.list_object_versions(Bucket=storage_settings.s3_bucket, Prefix=f"cases/{case_id}/")
    assert (len(listed["Versions"]), len(listed["DeleteMarkers"])) == (7, 1)
    erase(practice, case_id)
    assert sweep(practice, LATER) == 10
    listed = client.list_object_versions(Bucket=storage_settings.s3_bucket)
    left = [each["Key"] for each in listed.get("Versions", [])]
    assert (left, listed.get("DeleteMarkers", [])) == ([keys.ledger_entry(case_id)], [])
    assert record(practice, case_id).proved_at is not None


def test_the_process_does_it_by_itself(practice: Practice, start: Start) -> None:
    case_id, _ = completed(practice)
    maintenance = start()
    maintenance.says("leading")
    erase(practice, case_id)
    until(lambda: record(practice, case_id).objects_removed_at is not None, "the objects are removed")
    assert practice.objects() == set()
    assert record(practice, case_id).proved_at is None
    assert maintenance.end() == 0


def test_the_record_of_an_erasure_is_written_once_whoever_writes(practice: Practice, owner_engine: Engine) -> None:
    case_id = practice.submit()
    erase(practice, case_id)
    sweep(practice, LATER)
    for statement in (
        "DELETE FROM erasures",
        "UPDATE erasures SET requested_at = now() - interval '1 day'",
        "UPDATE erasures SET proved_at = NULL",
        "UPDATE cases SET client_ref = 'back again'",
        "UPDATE cases SET state = 'canceled', version = version + 1",
    ):
        with pytest.raises(DBAPIError), owner_engine.begin() as connection:
            connection.execute(text(statement))


PLANTED = {
    "its events": "INSERT INTO events SELECT 'evt_x', clinic_id, id, 1, 'case.accepted', NULL, now(), '{}' FROM cases",
    "no record": "DELETE FROM erasures",
    "a run at work": "UPDATE runs SET state = 'queued'",
    "its objects": "UPDATE erasures SET proved_at = NULL, requested_at = now() - interval '25 hours'",
}


@pytest.mark.parametrize("planted", PLANTED)
def test_the_audit_finds_what_is_left_of_an_erased_case(practice: Practice, owner_engine: Engine, planted: str) -> None:
    erase(practice, practice.submit())
    sweep(practice, LATER)
    query = text("SELECT invariant FROM audit_violations()")
    with practice.gateway.transaction() as session:
        assert session.scalars(query).all() == []
    with owner_engine.begin() as connection:
        for table in ("cases", "runs", "events", "erasures"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(text(PLANTED[planted]))
    with practice.gateway.transaction() as session:
        assert "erased" in session.scalars(query).all()


def advance(study: Study, rerun: str) -> None:
    with study.worker.transaction() as session:
        lifecycle.advance_rerun(session, rerun)


def test_a_campaign_skips_what_is_erased_and_ends(study: Study) -> None:
    planned, queued, kept = study.cases(3)
    rerun = study.campaign([queued])
    advance(study, rerun)
    other = study.campaign([planned, kept])
    for case_id in (planned, queued):
        erase(study, case_id)
    for _ in range(2):
        advance(study, rerun)
        advance(study, other)
    assert [study.item(rerun, queued).state, study.rerun(rerun).state] == ["canceled", "finished"]
    assert (study.item(other, planned).state, study.item(other, planned).skip_reason) == ("skipped", "erased")
    (run,) = study.take()
    assert run.case_id == kept


def test_a_campaign_that_feeds_the_case_at_the_same_moment_is_found_out(study: Study, owner_engine: Engine) -> None:
    (case_id,) = study.cases(1)
    rerun = study.campaign([case_id])
    with ThreadPoolExecutor(1) as pool:
        with study.gateway.transaction(study.clinic) as session:
            assert lifecycle.erase_case(session, study.clinic, case_id, add_key(session, study.clinic))
            fed = pool.submit(advance, study, rerun)
            until(lambda: waiting_for_a_lock(owner_engine), "the campaign waits for the erasure")
        with pytest.raises(DBAPIError, match="is erased"):
            fed.result(10)
    advance(study, rerun)
    assert (study.item(rerun, case_id).skip_reason, study.rerun(rerun).state) == ("erased", "finished")


def test_an_erasure_waits_for_the_campaign_that_is_giving_the_case_a_run_and_cancels_it(
    study: Study, owner_engine: Engine
) -> None:
    (case_id,) = study.cases(1)
    rerun = study.campaign([case_id])
    with ThreadPoolExecutor(1) as pool:
        with study.worker.transaction() as session:
            assert feed_items(session, session.get_one(Rerun, rerun), 9).queued == 1
            erased = pool.submit(erase, study, case_id)
            until(lambda: waiting_for_a_lock(owner_engine), "the erasure waits for the campaign")
        erased.result(10)
    assert study.take() == []
    advance(study, rerun)
    assert (study.item(rerun, case_id).state, study.rerun(rerun).state) == ("canceled", "finished")


def waiting_for_a_lock(engine: Engine) -> bool:
    with engine.begin() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


def test_an_erased_case_is_neither_published_nor_rolled_back(study: Study) -> None:
    promoted, waiting = study.cases(2)
    rerun = study.campaign([promoted, waiting])
    advance(study, rerun)
    for run in study.take():
        study.end(run, "refer")
    advance(study, rerun)
    with study.worker.transaction() as session:
        assert lifecycle.promote_items(session, rerun, [promoted]) == {promoted: Promotion.PROMOTED}
    for case_id in (promoted, waiting):
        erase(study, case_id)
    with study.worker.transaction() as session:
        assert lifecycle.promote_items(session, rerun, [promoted, waiting]) == {}
        assert lifecycle.roll_back_items(session, rerun, [promoted, waiting]) == {}
    item = study.item(rerun, promoted)
    assert (item.previous_run_id, item.previous_state, item.previous_error_code) == (None, None, None)
    assert study.case(promoted).state == "erased"
    with study.gateway.transaction() as session:
        assert session.execute(text("SELECT * FROM audit_violations()")).all() == []
