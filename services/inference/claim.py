"""Taking work from the record: live runs before bulk ones, several at once."""

from collections.abc import Callable, Collection
from datetime import timedelta

from shared.contracts.enums import RunQueue
from shared.db import lifecycle
from shared.db.records import ClaimedRun
from shared.db.session import Database


class Claims:
    """Claims for one worker process. `worker` names it in the rows: host and process, nothing else.

    Runs of models that `loading` names are not claimed: they would fill the lanes, and keep from them the runs that
    could be worked on at once.
    """

    def __init__(
        self,
        database: Database,
        *,
        worker: str,
        limit: int,
        lease_s: float,
        loading: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        self._database = database
        self._worker = worker
        self._limit = limit
        self._lease = timedelta(seconds=lease_s)
        self._loading = loading

    def take(self) -> list[ClaimedRun]:
        """Return the runs that this worker now holds; none means that there is nothing due."""
        return self._take(RunQueue.LIVE, RunQueue.BULK)

    def take_live(self) -> list[ClaimedRun]:
        """Do the same, and leave bulk runs where they are."""
        return self._take(RunQueue.LIVE)

    def _take(self, *queues: RunQueue) -> list[ClaimedRun]:
        loading = self._loading()
        with self._database.transaction() as session:
            for queue in queues:
                runs = lifecycle.claim_runs(
                    session,
                    worker=self._worker,
                    queue=queue,
                    limit=self._limit,
                    lease=self._lease,
                    without_models=loading,
                )
                if runs:
                    return runs
        return []
