"""Photos as they were sent, with their GPS, go away also when the worker that should have deleted them is gone."""

import pytest

from services.maintenance.leftovers import Leftovers
from shared.contracts.enums import CaseState
from shared.db import lifecycle
from shared.errors import StoreUnavailable
from shared.settings import StorageSettings
from shared.storage import keys
from shared.storage.s3 import S3Store
from tests.integration.maintenance.conftest import Practice, photo_with_gps


class PowerCut(Exception):
    """The process ends here."""


class CutStore(S3Store):
    """A store whose caller dies at one of its steps."""

    def __init__(self, settings: StorageSettings, cut: str) -> None:
        super().__init__(settings)
        self._cut = cut

    def copy(self, source: str, target: str) -> None:
        self._die("before copy")
        super().copy(source, target)
        self._die("after copy")

    def delete(self, key: str) -> None:
        self._die("before delete")
        super().delete(key)
        self._die("after delete")

    def _die(self, step: str) -> None:
        if step == self._cut:
            raise PowerCut


class RefusingStore(S3Store):
    """A store that refuses to delete some objects."""

    refused: frozenset[str] = frozenset()
    asked = 0

    def delete(self, key: str) -> None:
        self.asked += 1
        if key in self.refused:
            raise StoreUnavailable("refused")
        super().delete(key)


def sweeper(practice: Practice, store: S3Store | None = None) -> Leftovers:
    return Leftovers(practice.worker, store or practice.store, lambda: True, settled_s=0)


def test_a_worker_died_between_its_commit_and_the_deletion(practice: Practice) -> None:
    case = practice.submit()
    run = practice.complete(case)
    before = practice.objects()
    assert keys.incoming(case) in before
    assert sweeper(practice).sweep() is False
    assert practice.objects() == before - {keys.incoming(case)}
    assert practice.case(case).incoming_key is None
    assert practice.case(case).state == CaseState.COMPLETED
    image = practice.case(case).image_key
    assert image
    assert image.startswith(keys.of_attempt(case, run.run_id, run.fence))
    assert practice.store.head(image)


def test_a_photo_that_could_not_be_read_goes_to_quarantine(practice: Practice) -> None:
    case = practice.submit()
    practice.fail(case)
    sweeper(practice).sweep()
    assert practice.objects() == {keys.quarantine(case)}
    assert practice.store.get(keys.quarantine(case)) == photo_with_gps()
    assert practice.case(case).incoming_key is None


def test_a_canceled_photo_is_deleted_and_an_expired_one_waits_for_a_repair(practice: Practice) -> None:
    canceled = practice.submit()
    practice.cancel(canceled)
    expired = practice.submit(deadline_at=practice.case(canceled).created_at)
    with practice.worker.transaction() as session:
        assert lifecycle.end_overdue(session)
    waiting = practice.submit()
    sweeper(practice).sweep()
    assert practice.objects() == {keys.incoming(expired), keys.incoming(waiting)}
    assert practice.case(canceled).incoming_key is None
    assert practice.case(expired).incoming_key
    practice.claim(waiting)
    sweeper(practice).sweep()
    assert practice.store.head(keys.incoming(waiting)), "a photo that is being worked on"


def test_a_case_that_has_just_ended_is_left_to_its_worker(practice: Practice) -> None:
    case = practice.submit()
    practice.complete(case)
    Leftovers(practice.worker, practice.store, lambda: True, settled_s=60).sweep()
    assert practice.store.head(keys.incoming(case))


@pytest.mark.parametrize("cut", ["before copy", "after copy", "before delete", "after delete"])
def test_a_crash_anywhere_loses_nothing(practice: Practice, storage_settings: StorageSettings, cut: str) -> None:
    case = practice.submit()
    practice.fail(case)
    with pytest.raises(PowerCut):
        sweeper(practice, CutStore(storage_settings, cut)).sweep()
    assert practice.objects() & {keys.incoming(case), keys.quarantine(case)}, "the photo is somewhere at every moment"
    assert practice.case(case).incoming_key, "the row still says what is to do"
    sweeper(practice).sweep()
    assert practice.objects() == {keys.quarantine(case)}
    assert practice.case(case).incoming_key is None


def test_objects_that_the_store_refuses_to_delete_stand_in_nobodys_way(
    practice: Practice, storage_settings: StorageSettings
) -> None:
    cases = [practice.submit() for _ in range(5)]
    for case in cases:
        practice.cancel(case)
    store = RefusingStore(storage_settings)
    store.refused = frozenset(keys.incoming(case) for case in sorted(cases)[:2])
    leftovers = sweeper(practice, store)
    with pytest.raises(StoreUnavailable):
        leftovers.sweep()
    assert practice.objects() == store.refused
    store.refused = frozenset()
    leftovers.sweep()
    assert practice.objects() == set()


def test_a_store_that_is_down_is_not_asked_for_every_photo(
    practice: Practice, storage_settings: StorageSettings
) -> None:
    cases = [practice.submit() for _ in range(8)]
    for case in cases:
        practice.cancel(case)
    store = RefusingStore(storage_settings)
    store.refused = frozenset(practice.objects())
    with pytest.raises(StoreUnavailable):
        sweeper(practice, store).sweep()
    assert store.asked == 3


def test_more_than_a_page_is_cleared_page_by_page(practice: Practice) -> None:
    cases = [practice.submit() for _ in range(103)]
    for case in cases:
        practice.cancel(case)
    leftovers = sweeper(practice)
    assert leftovers.sweep() is True
    assert len(practice.objects()) == 3
    assert leftovers.sweep() is False
    assert practice.objects() == set()


def test_who_no_longer_leads_deletes_nothing(practice: Practice) -> None:
    case = practice.submit()
    practice.cancel(case)
    Leftovers(practice.worker, practice.store, lambda: False, settled_s=0).sweep()
    assert practice.objects() == {keys.incoming(case)}
