"""Claim, work, commit, until nothing is found. Doorbell and timer both call it: a deaf broker costs latency only."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from shared.contracts.enums import RunQueue
from shared.db.records import ClaimedRun
from shared.errors import DeviceLost, TransientError
from shared.observability.logging import get_logger
from shared.queue.worker_process import Stop

_log = get_logger(__name__)
_BETWEEN_LOOKS_S = 0.2
"""While some lanes work and others have nothing to do. The doorbell may wait behind a call that began with one."""


class Drain:
    """One a process. Concurrent calls do not queue up: whoever holds the lock finds what the others came for.

    Up to `lanes` batches are worked on at once, each in a thread of its own, so that one is fetched and decoded while
    another is in the network and a third is being drawn and stored. One lane looks for work at a time. A run that is
    suspected of having ended a process is worked on while no other is.

    Bulk batches take all lanes but one: a live photo finds a lane that is free, or soon is, whatever is to be done
    besides. The last lane takes work by `take_live`.
    """

    def __init__(
        self,
        take: Callable[[], list[ClaimedRun]],
        work: Callable[[Sequence[ClaimedRun]], None],
        stop: Stop,
        *,
        lanes: int = 1,
        take_live: Callable[[], list[ClaimedRun]] | None = None,
    ) -> None:
        self._take = take
        self._take_live = take_live or take
        self._most_bulk = max(1, lanes - 1)
        self._work = work
        self._stop = stop
        self._lanes = lanes
        self._lock = threading.Lock()
        self._again = threading.Event()
        self._looking = threading.Lock()
        self._moved = threading.Condition()
        self._busy = self._bulk = self._done = 0
        self._broken = False
        self._looked_at = time.monotonic()

    def seconds_since_look(self) -> float:
        """Seconds since this process last claimed, or looked and found nothing: what health is judged by."""
        return time.monotonic() - self._looked_at

    def __call__(self) -> int:
        """Return how many runs were worked on. An outage ends the call, not the process: the timer comes back.

        Raises DeviceLost once no lane is busy.
        """
        done = 0
        self._again.set()
        while self._again.is_set() and not self._stop.is_set():
            if not self._lock.acquire(blocking=False):
                # The holder has not looked for the last time yet: it clears the event before it looks. If it waits
                # for its lanes, it need not wait any longer.
                self._tell()
                return done
            try:
                self._again.clear()
                done += self._until_empty()
            except DeviceLost:
                raise
            except TransientError as error:
                _log.warning("drain_interrupted", error=error.code)
                return done
            finally:
                self._lock.release()
        return done

    def _until_empty(self) -> int:
        self._broken, before = False, self._done
        first = self._next()
        if first:
            with ThreadPoolExecutor(self._lanes, thread_name_prefix="lane") as lanes:
                begun = [lanes.submit(self._lane, first), *(lanes.submit(self._lane) for _ in range(self._lanes - 1))]
            errors = [error for lane in begun if (error := lane.exception())]
            if errors:
                # An outage often meets several lanes; what is worse must not go unheard beside it.
                raise min(errors, key=_is_outage)
        return self._done - before

    def _lane(self, runs: Sequence[ClaimedRun] = ()) -> None:
        """Work on batch after batch until none is left."""
        try:
            while runs or (runs := self._next()):
                self._finish(runs)
                runs = ()
        except BaseException:
            self._broken = True
            self._tell()
            raise

    def _next(self) -> Sequence[ClaimedRun]:
        """Claim a batch; nothing once the process is to stop, or no run is waiting and no lane is busy."""
        with self._looking:
            while not (self._stop.is_set() or self._broken):
                runs = self._take() if self._bulk < self._most_bulk else self._take_live()
                self._looked_at = time.monotonic()
                if any(run.suspect for run in runs):
                    self._begin_alone(runs)
                    self._finish(runs)
                elif runs:
                    self._begin(runs)
                    return runs
                elif not self._wait_for_more():
                    break
        return ()

    def _finish(self, runs: Sequence[ClaimedRun]) -> None:
        try:
            self._work(runs)
        finally:
            with self._moved:
                self._busy -= 1
                self._bulk -= _is_bulk(runs)
                self._done += len(runs)
                self._moved.notify_all()

    def _tell(self) -> None:
        with self._moved:
            self._moved.notify_all()

    def _wait_for_more(self) -> bool:
        """Wait until it is time to look again; return whether it ever will be in this call."""
        with self._moved:
            if self._busy:
                self._moved.wait(_BETWEEN_LOOKS_S)
                return True
            return False

    def _begin(self, runs: Sequence[ClaimedRun]) -> None:
        with self._moved:
            self._busy += 1
            self._bulk += _is_bulk(runs)

    def _begin_alone(self, runs: Sequence[ClaimedRun]) -> None:
        with self._moved:
            self._moved.wait_for(lambda: self._busy == 0)
        self._begin(runs)


def _is_bulk(runs: Sequence[ClaimedRun]) -> bool:
    return any(run.queue is RunQueue.BULK for run in runs)


def _is_outage(error: BaseException) -> bool:
    return isinstance(error, TransientError) and not isinstance(error, DeviceLost)
