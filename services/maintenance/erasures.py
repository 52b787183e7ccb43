"""The objects of erased cases: removed at once, and again when whoever may still have put one must have lost the case.

A worker that was stopped in the middle of a photo goes on where it was, and only its commit meets the new fence: what
it has put into the store by then lies there unnamed. So the first pass is for speed, and the last one is the proof.

Before anything else a pass writes the case into the erasure ledger, which a restore reads: without its entry there
nothing counts as removed, and nothing as proved.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

from services.maintenance import erasure_repository as repository
from services.maintenance.erasure_repository import OpenErasure
from shared.db.session import Database
from shared.errors import StoreUnavailable
from shared.observability.logging import get_logger
from shared.storage import keys
from shared.storage.base import ObjectStore
from shared.storage.ledger import ErasureLedger

_log = get_logger(__name__)
_PAGE = 100
_REFUSALS = 3


class Erasures:
    """A case a step; each pass can be done twice. `settled_after`: the longest lease, and five minutes."""

    def __init__(
        self, database: Database, store: ObjectStore, go_on: Callable[[], bool], *, settled_after: timedelta
    ) -> None:
        self._database = database
        self._store = store
        self._ledger = ErasureLedger(store)
        self._go_on = go_on
        self._settled_after = settled_after

    def steps(self) -> Iterator[int]:
        """Yield how many objects were removed of each case; ends early where this process is no longer to act.

        Raises DatabaseUnavailable, and StoreUnavailable once the others are done where the store refused some: those
        come up again.
        """
        after, refused = "", 0
        while self._go_on() and (page := self._page(after)):
            for erasure in page:
                if refused == _REFUSALS or not self._go_on():
                    break
                try:
                    yield self._pass(erasure)
                except StoreUnavailable:
                    refused += 1
                    _log.warning("objects_not_removed", case_id=erasure.case_id)
            if refused == _REFUSALS:
                break
            after = page[-1].case_id
        if refused:
            raise StoreUnavailable("the object store refused to remove what belongs to erased cases")

    def stamp_ledger(self) -> None:
        """Note up to when the ledger is complete. Raises DatabaseUnavailable, StoreUnavailable."""
        with self._database.transaction() as session:
            record, complete_to = repository.ledger_complete_to(session)
        self._ledger.stamp(record, complete_to)

    def _page(self, after: str) -> list[OpenErasure]:
        with self._database.transaction() as session:
            return repository.open_erasures(session, after=after, settled_after=self._settled_after, limit=_PAGE)

    def _pass(self, erasure: OpenErasure) -> int:
        """Remove what there is, then say so; the last pass looks once more before it says that nothing is left."""
        self._ledger.write(erasure.entry)
        prefixes = keys.all_of(erasure.case_id)
        if erasure.upload_key is not None:
            prefixes = (*prefixes, erasure.upload_key)
        removed = sum(self._store.erase(prefix) for prefix in prefixes)
        proved = erasure.settled and not any(self._store.holds(prefix) for prefix in prefixes)
        with self._database.transaction() as session:
            repository.note_removed(session, erasure.case_id, removed)
            if proved:
                repository.note_proved(session, erasure.case_id)
        _log.info("objects_removed", case_id=erasure.case_id, count=removed, proved=proved)
        return removed
