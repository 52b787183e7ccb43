"""Claim, work, commit, until nothing is found. Doorbell and timer both call it: a deaf broker costs latency only."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from shared.db.records import ClaimedRun
from shared.errors import DeviceLost, TransientError
from shared.observability.logging import get_logger

_log = get_logger(__name__)
_BETWEEN_LOOKS_S = 0.2
"""While some lanes work and others have nothing to do. The doorbell may wait behind a call that began with one."""


class Stop(Protocol):
    """Set from outside once this process is to claim no more. A threading or a multiprocessing event fits."""

    def is_set(self) -> bool: ...


class Drain:
    """One a process. Concurrent calls do not queue up: whoever holds the lock finds what the others came for.

    Up to `lanes` batches are worked on at once, each in a thread of its own, so that one is fetched and decoded while
    another is in the network and a third is being drawn and stored. One lane looks for work at a time. A run that is
    suspected of having ended a process is worked on while no other is.
    """

    def __init__(
        self,
        take: Callable[[], list[ClaimedRun]],
        work: Callable[[Sequence[ClaimedRun]], None],
        stop: Stop,
        *,
        lanes: int = 1,
    ) -> None:
        self._take = take
        self._work = work
        self._stop = stop
        self._lanes = lanes
        self._lock = threading.Lock()
        self._again = threading.Event()
        self._looking = threading.Lock()
        self._moved = threading.Condition()
        self._busy = self._done = 0
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
                runs = self._take()
                self._looked_at = time.monotonic()
                if any(run.suspect for run in runs):
                    self._begin_alone()
                    self._finish(runs)
                elif runs:
                    self._begin()
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

    def _begin(self) -> None:
        with self._moved:
            self._busy += 1

    def _begin_alone(self) -> None:
        with self._moved:
            self._moved.wait_for(lambda: self._busy == 0)
            self._busy += 1


def _is_outage(error: BaseException) -> bool:
    return isinstance(error, TransientError) and not isinstance(error, DeviceLost)


class Timer:
    """Calls `action` every `interval_s` seconds, or `soon` where somebody asks, in a thread of its own until closed."""

    def __init__(self, action: Callable[[], object], interval_s: float) -> None:
        self._action = action
        self._interval_s = interval_s
        self._closed = False
        self._due = threading.Event()
        self._thread = threading.Thread(target=self._run, name="timer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def soon(self) -> None:
        """Let the next call come now, or right after the one in progress."""
        self._due.set()

    def close(self) -> None:
        """End the thread after the call in progress."""
        self._closed = True
        self._due.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._due.wait(self._interval_s)
            self._due.clear()
            if self._closed:
                return
            try:
                self._action()
            except Exception:  # noqa: BLE001 - see below
                # The timer is the second way to all work; it must outlive whatever one look met.
                _log.exception("timer_call_failed")
