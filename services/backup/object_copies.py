"""Objects out of the store into a folder's pool, and back, several at a time."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path
from typing import TypeVar

from botocore.exceptions import BotoCoreError

from services.backup.object_list import Stored
from services.backup.pool import Pool
from services.backup.repository import Named
from shared.errors import ObjectMissing, StoreUnavailable
from shared.storage.base import ObjectStore

_T = TypeVar("_T")
_R = TypeVar("_R")
THREADS = 16
_TRIES = 3
_PAUSE_S = 1.0


def side_by_side(do: Callable[[_T], _R], items: Iterable[_T]) -> Iterator[_R]:
    """Yield what `do` returns for each item, in any order, with few of them in memory. Raises what it raises."""
    todo = iter(items)
    with ThreadPoolExecutor(THREADS) as threads:
        at_work: set[Future[_R]] = {threads.submit(do, item) for item in islice(todo, 2 * THREADS)}
        try:
            while at_work:
                done, at_work = wait(at_work, return_when=FIRST_COMPLETED)
                yield from (each.result() for each in done)
                at_work |= {threads.submit(do, item) for item in islice(todo, len(done))}
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise


class Copies:
    """Between one store and one pool."""

    def __init__(self, store: ObjectStore, pool: Pool) -> None:
        self._store = store
        self._pool = pool

    def fetch(self, named: Named) -> Stored | None:
        """Bring an object into the pool unless its bytes are there; None where the store lacks it or has others.

        Raises StoreUnavailable after three tries.
        """
        if named.sha256 is not None and self._pool.has(named.sha256):
            return Stored(named.key, named.sha256, named.media_type)
        try:
            sha256 = self._patiently(lambda: self._pool.take(self._store.stream(named.key)))
        except ObjectMissing:
            return None
        if named.sha256 is not None and sha256 != named.sha256:
            return None
        return Stored(named.key, sha256, named.media_type)

    def put(self, stored: Stored) -> int:
        """Put an object back; return its size. Raises StoreUnavailable after three tries."""
        path = self._pool.path(stored.sha256)
        self._patiently(lambda: self._put(stored, path))
        return path.stat().st_size

    def _put(self, stored: Stored, path: Path) -> None:
        with path.open("rb") as file:
            self._store.put(stored.key, file, media_type=stored.media_type)

    def _patiently(self, call: Callable[[], _R]) -> _R:
        for left in reversed(range(_TRIES)):
            try:
                return call()
            except (StoreUnavailable, BotoCoreError) as error:
                if not left:
                    raise StoreUnavailable("the object store does not answer") from error
                time.sleep(_PAUSE_S)
        raise AssertionError("the last try returns or raises")
