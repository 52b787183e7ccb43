"""The ledger of erasures in the bucket: written before anything counts as removed, complete to a time that it tells."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from services.maintenance.erasures import Erasures
from shared.contracts.enums import ErasureReason
from shared.contracts.erasure_entry import ErasureEntry
from shared.db import lifecycle
from shared.errors import StoreUnavailable
from shared.settings import StorageSettings
from shared.storage import keys
from shared.storage.ledger import ErasureLedger
from shared.storage.s3 import S3Store
from tests.integration.maintenance.conftest import Practice
from tests.integration.records import add_key


class StoreWithoutLedger(S3Store):
    """A store that takes everything but entries of the ledger."""

    def put(self, key: str, data: object, *, media_type: str) -> None:
        raise StoreUnavailable(f"not {key} {media_type} {type(data)}")


def erased(practice: Practice) -> tuple[str, str]:
    case_id = practice.submit()
    with practice.gateway.transaction(practice.clinic) as session:
        key_id = add_key(session, practice.clinic)
        assert lifecycle.erase_case(session, practice.clinic, case_id, key_id)
    return case_id, key_id


def erasures(practice: Practice, store: S3Store | None = None) -> Erasures:
    return Erasures(practice.worker, store or practice.store, lambda: True, settled_after=timedelta(0))


def test_each_erased_case_has_an_entry_with_ids_and_a_time_alone(practice: Practice, owner_engine: Engine) -> None:
    case_id, key_id = erased(practice)
    sum(erasures(practice).steps())
    with owner_engine.connect() as connection:
        asked = connection.execute(text("SELECT requested_at FROM erasures")).scalar_one()
    ledger = ErasureLedger(practice.store)
    assert list(ledger.case_ids()) == [case_id]
    assert ledger.entry(case_id) == ErasureEntry(case_id, practice.clinic, asked, key_id, ErasureReason.REQUEST)


def test_nothing_is_removed_and_nothing_is_complete_while_the_entry_is_not_there(
    practice: Practice, storage_settings: StorageSettings, owner_engine: Engine
) -> None:
    case_id, _ = erased(practice)
    with pytest.raises(StoreUnavailable):
        sum(erasures(practice, StoreWithoutLedger(storage_settings)).steps())
    assert keys.incoming(case_id) in practice.objects()
    erasures(practice).stamp_ledger()
    with owner_engine.connect() as connection:
        query = "SELECT requested_at, record_id() FROM erasures WHERE objects_removed_at IS NULL"
        asked, record = connection.execute(text(query)).one()
    ledger = ErasureLedger(practice.store)
    stamp = ledger.complete_to(record)
    assert stamp is not None
    assert stamp <= asked, "one that was asked for then has no entry yet"
    sum(erasures(practice).steps())
    erasures(practice).stamp_ledger()
    later = ledger.complete_to(record)
    assert later is not None
    assert ledger.complete_to("rec_of_another") is None
    assert timedelta(0) < datetime.now(UTC) - later < timedelta(minutes=1)
