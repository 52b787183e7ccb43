"""Puts what a run leaves into the store, all at once: a store may be far away, and the sum of its answers too long."""

import hashlib
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final, TypeAlias

from shared.contracts.enums import ArtifactName
from shared.db.models import Artifact
from shared.db.records import ClaimedRun
from shared.storage import keys
from shared.storage.base import ObjectStore

Way: TypeAlias = tuple[int, int]
"""When an object's way into the store began and ended, nanoseconds since 1970."""

_THREADS: Final = 12
"""Three photos' artifacts; what else the process asks of the store has connections left of its 16."""


class Shelf:
    """One a process; safe to share between threads."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="shelf")

    def put(self, run: ClaimedRun, contents: Mapping[ArtifactName, bytes]) -> list[Artifact]:
        """Store the contents under the attempt's own keys and return their rows, once all lie there (I7).

        Raises StoreUnavailable, when no request of these is under way any more.
        """
        rows = [_row(run, name, content) for name, content in contents.items()]
        puts = [
            self.begin(row.key, content, media_type=row.media_type)
            for row, content in zip(rows, contents.values(), strict=True)
        ]
        wait(puts)
        for put in puts:
            put.result()
        return rows

    def begin(self, key: str, content: bytes, *, media_type: str) -> Future[Way]:
        """Begin to store one object, and return at once. The future raises StoreUnavailable."""
        return self._pool.submit(self._carry, key, content, media_type)

    def _carry(self, key: str, content: bytes, media_type: str) -> Way:
        began_ns = time.time_ns()
        self._store.put(key, content, media_type=media_type)
        return began_ns, time.time_ns()

    def close(self) -> None:
        self._pool.shutdown()


def _row(run: ClaimedRun, name: ArtifactName, content: bytes) -> Artifact:
    return Artifact(
        run_id=run.run_id,
        name=name,
        case_id=run.case_id,
        clinic_id=run.clinic_id,
        key=keys.artifact(run.case_id, run.run_id, run.fence, name),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        media_type=keys.ARTIFACT_MEDIA_TYPES[name],
    )
