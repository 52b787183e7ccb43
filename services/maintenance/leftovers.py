"""Photos as they were sent, with their EXIF and GPS, that a worker did not get to delete after its commit."""

import time
from collections.abc import Callable
from datetime import timedelta

from services.maintenance import repository
from services.maintenance.repository import Leftover
from shared.db import lifecycle
from shared.db.session import Database
from shared.errors import ObjectMissing, StoreUnavailable
from shared.observability.logging import get_logger
from shared.storage import keys
from shared.storage.base import ObjectStore

_log = get_logger(__name__)
_PAGE = 100
_REFUSALS = 3
_SLICE_S = 2.0


class Leftovers:
    """Copy before delete, delete before the row: a crash in between leaves the row, and the row says what is to do.

    A worker may be doing the same at the same time; every step can be done twice.
    """

    def __init__(
        self, database: Database, store: ObjectStore, go_on: Callable[[], bool], *, settled_s: float = 5.0
    ) -> None:
        self._database = database
        self._store = store
        self._go_on = go_on
        self._settled = timedelta(seconds=settled_s)
        self._after = ""

    def sweep(self) -> bool:
        """Clear a page away, or, where the store is slow, what takes two seconds of it; return whether there are more.

        Raises StoreUnavailable, with the page's other photos cleared away, where the store refused some. They come up
        again once the last page was reached, so that one refusal stands in nobody's way.
        """
        with self._database.transaction() as session:
            page = repository.leftovers(session, after=self._after, settled=self._settled, limit=_PAGE)
        gone, refused = self._clear(page)
        if gone:
            with self._database.transaction() as session:
                lifecycle.forget_incoming(session, gone)
            _log.info("leftovers_cleared", count=len(gone))
        seen = len(gone) + len(refused)
        more = seen > 0 and (seen < len(page) or len(page) == _PAGE)
        self._after = page[seen - 1].case_id if more else ""
        if refused:
            raise StoreUnavailable("the object store refused to clear away some photos")
        return more

    def _clear(self, page: list[Leftover]) -> tuple[list[str], list[str]]:
        gone: list[str] = []
        refused: list[str] = []
        until = time.monotonic() + _SLICE_S
        for leftover in page:
            if len(refused) == _REFUSALS or time.monotonic() >= until or not self._go_on():
                break
            try:
                self._clear_one(leftover)
            except StoreUnavailable:
                refused.append(leftover.case_id)
                _log.warning("incoming_not_deleted", case_id=leftover.case_id)
            else:
                gone.append(leftover.case_id)
        return gone, refused

    def _clear_one(self, leftover: Leftover) -> None:
        if leftover.failed_unread:
            try:
                self._store.copy(leftover.key, keys.quarantine(leftover.case_id))
            except ObjectMissing:
                # Whoever was here before had deleted it, and so had copied it.
                _log.info("nothing_to_quarantine", case_id=leftover.case_id)
        self._store.delete(leftover.key)
