"""The erasure ledger in the bucket: one small object for each case that was erased, and up to when that is all.

It is what a restore needs to know and a backup cannot: what was erased after it. So it lies outside the database.
"""

from collections.abc import Iterator
from datetime import datetime

from shared.contracts.erasure_entry import ErasureEntry
from shared.errors import ObjectMissing
from shared.storage import keys
from shared.storage.base import ObjectStore

_JSON = "application/json"


class ErasureLedger:
    """Raises StoreUnavailable where the store cannot be asked."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def write(self, entry: ErasureEntry) -> None:
        """Store the entry unless the case has one; when this returns it is there."""
        key = keys.ledger_entry(entry.case_id)
        if self._store.head(key) is None:
            self._store.put(key, entry.encoded(), media_type=_JSON)

    def case_ids(self) -> Iterator[str]:
        for key in self._store.list_keys(keys.LEDGER_ENTRIES):
            yield key.removeprefix(keys.LEDGER_ENTRIES).removesuffix(".json")

    def entry(self, case_id: str) -> ErasureEntry:
        """Raise ObjectMissing, or ValueError where what lies there is no entry."""
        return ErasureEntry.decoded(self._store.get(keys.ledger_entry(case_id)))

    def stamp(self, record: str, complete_to: datetime) -> None:
        """Note that every erasure that a record, by its id, was asked for before that moment has its entry."""
        self._store.put(
            keys.LEDGER_STAMP, f"{record} {complete_to.isoformat()}".encode("ascii"), media_type="text/plain"
        )

    def complete_to(self, record: str) -> datetime | None:
        """Return the last stamp of that record; None where there is none, or that of another.

        Raises ValueError where what lies there is no stamp.
        """
        try:
            stamped, moment = self._store.get(keys.LEDGER_STAMP).decode("ascii").split(" ")
        except ObjectMissing:
            return None
        return datetime.fromisoformat(moment) if stamped == record else None
