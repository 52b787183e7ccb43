"""The sweep through the store deletes exactly what no row names, and never what one does."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import make_url

from services.maintenance.orphans import Orphans
from services.standalone.ports import free_port
from shared.contracts.enums import ArtifactName
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import DatabaseUnavailable
from shared.settings import StorageSettings
from shared.storage import keys
from shared.storage.base import ObjectListing
from shared.storage.s3 import S3Store
from tests.integration.conftest import database_settings
from tests.integration.maintenance.conftest import Practice
from tests.integration.records import new_case

TOMORROW = timedelta(hours=25)


class BusyStore(S3Store):
    """A store in which something happens between a listing and what follows from it."""

    meanwhile: Callable[[], None]

    def list_objects(self, prefix: str) -> Iterator[ObjectListing]:
        listed = list(super().list_objects(prefix))
        if listed:
            self.meanwhile()
        yield from listed


def sweep(
    practice: Practice,
    after: timedelta = TOMORROW,
    *,
    store: S3Store | None = None,
    database: Database | None = None,
    go_on: Callable[[], bool] = lambda: True,
) -> int:
    """Sweep as if `after` had passed; return how many objects were deleted."""
    orphans = Orphans(
        database or practice.worker,
        store or practice.store,
        go_on,
        age=timedelta(days=1),
        quarantine_age=timedelta(days=7),
        clock=lambda: datetime.now(UTC) + after,
    )
    return sum(orphans.steps())


def put(practice: Practice, *wanted: str) -> set[str]:
    for key in wanted:
        practice.store.put(key, b"x", media_type="application/octet-stream")
    return set(wanted)


def test_exactly_the_orphans_are_deleted(practice: Practice) -> None:
    completed = practice.submit()
    old = practice.claim(completed)
    with practice.worker.transaction() as session:
        lifecycle.give_back(session, old, delay=timedelta(0))
    winner = practice.complete(completed)
    at_work = practice.submit()
    present = practice.claim(at_work)
    waiting, failed = practice.submit(), practice.submit()
    objects = practice.objects() | put(
        practice,
        keys.artifact(at_work, present.run_id, present.fence, ArtifactName.MAP),
        keys.quarantine(failed),
        "models/weights.safetensors",
        "incoming/not-one-of-ours",
        "cases/not/one/of/ours",
    )
    assert keys.incoming(waiting) in objects
    orphans = put(
        practice,
        keys.incoming(new_id(IdPrefix.CASE)),
        "uploads/some-random-name",
        keys.artifact(completed, old.run_id, old.fence, ArtifactName.MAP),
        keys.artifact(completed, winner.run_id, winner.fence + 1, ArtifactName.LAYER),
        keys.of_attempt(completed, winner.run_id, winner.fence) + "left-over.bin",
        keys.artifact(at_work, present.run_id, present.fence + 1, ArtifactName.MAP),
        keys.artifact(new_id(IdPrefix.CASE), new_id(IdPrefix.RUN), 1, ArtifactName.MAP),
    )
    assert sweep(practice) == len(orphans)
    assert practice.objects() == objects


def test_a_photo_as_sent_whose_row_has_forgotten_it_is_an_orphan(practice: Practice) -> None:
    case = practice.submit()
    practice.complete(case)
    with practice.worker.transaction() as session:
        lifecycle.forget_incoming(session, [case])
    assert sweep(practice) == 1
    assert keys.incoming(case) not in practice.objects()


def test_nothing_young_is_deleted(practice: Practice) -> None:
    put(practice, keys.incoming(new_id(IdPrefix.CASE)), "uploads/u")
    assert sweep(practice, timedelta(hours=23)) == 0


def test_quarantine_lasts_for_its_days(practice: Practice) -> None:
    put(practice, keys.quarantine(new_id(IdPrefix.CASE)))
    assert sweep(practice, timedelta(days=6, hours=23)) == 0
    assert sweep(practice, timedelta(days=7, minutes=1)) == 1


def test_a_case_accepted_between_listing_and_deletion_keeps_its_photo(
    practice: Practice, storage_settings: StorageSettings
) -> None:
    new = new_case(practice.clinic, practice.model)
    orphan = put(practice, new.incoming_key, keys.incoming(new_id(IdPrefix.CASE))) - {new.incoming_key}
    busy = BusyStore(storage_settings)

    def accept() -> None:
        with practice.gateway.transaction(practice.clinic) as session:
            lifecycle.accept_case(session, new)

    busy.meanwhile = accept
    assert sweep(practice, store=busy) == len(orphan)
    assert practice.objects() == {new.incoming_key}


def test_an_attempt_that_ends_between_listing_and_deletion_keeps_its_objects(
    practice: Practice, storage_settings: StorageSettings
) -> None:
    case = practice.submit()
    run = practice.claim(case)
    with practice.worker.transaction() as session:
        lifecycle.give_back(session, run, delay=timedelta(0))
    orphan = put(practice, keys.artifact(case, run.run_id, run.fence, ArtifactName.MAP))
    busy = BusyStore(storage_settings)
    done: list[object] = []
    busy.meanwhile = lambda: done.append(practice.complete(case)) if not done else None
    assert sweep(practice, store=busy) == len(orphan)
    assert len(done) == 1
    assert len([key for key in practice.objects() if key.startswith("cases/")]) == 5


def test_while_postgres_cannot_be_asked_nothing_is_deleted(practice: Practice, database_url: str) -> None:
    put(practice, keys.incoming(new_id(IdPrefix.CASE)))
    away = make_url(database_url).set(port=free_port()).render_as_string(hide_password=False)
    database = Database(make_engine(database_settings(away), DatabaseRole.WORKER))
    with pytest.raises(DatabaseUnavailable):
        sweep(practice, database=database)
    put(practice, "uploads/u", keys.quarantine(new_id(IdPrefix.CASE)))
    assert sweep(practice, timedelta(days=30), go_on=lambda: False) == 0
    assert len(practice.objects()) == 3


def test_many_pages_are_gone_through_a_chunk_at_a_time(practice: Practice) -> None:
    kept = practice.submit()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: put(practice, keys.incoming(new_id(IdPrefix.CASE))), range(1250)))
    orphans = Orphans(
        practice.worker,
        practice.store,
        lambda: True,
        age=timedelta(days=1),
        quarantine_age=timedelta(days=7),
        clock=lambda: datetime.now(UTC) + TOMORROW,
    )
    steps = list(orphans.steps())
    assert sum(steps) == 1250
    assert max(steps) <= 100
    assert practice.objects() == {keys.incoming(kept)}
