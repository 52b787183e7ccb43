"""Decides who may wait, and when "nothing has changed" may be believed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from services.gateway.waiting.glance import Glance
from services.gateway.waiting.waiters import Waiter, Waiters
from services.gateway.waiting.watcher import Ear, Watcher

_T = TypeVar("_T")
# However many are woken at once, so few of them look into the database at a time: photos that arrive go first.
_LOOKS = 4


class Waiting:
    """All that concerns waiting in this process. For the event loop."""

    def __init__(self, ear: Ear, *, most: int) -> None:
        self._waiters = Waiters(most)
        self._watcher = Watcher(ear, self._waiters)
        self._looks = CapacityLimiter(_LOOKS)

    def __len__(self) -> int:
        return len(self._waiters)

    @contextmanager
    def place(self, case_id: str) -> Iterator[Waiter | None]:
        """Yield a place to wait for the case; None where all are taken or the process stops: answer at once then."""
        waiter = self._waiters.join(case_id)
        if waiter is None:
            yield None
            return
        try:
            self._watcher.start()
            yield waiter
        finally:
            self._waiters.leave(waiter)

    async def look(self, read: Callable[[], _T]) -> _T:
        """Call `read` in a thread, behind the others who were woken."""
        return await to_thread.run_sync(read, limiter=self._looks)

    def keep(self, waiter: Waiter, glance: Glance) -> None:
        """Keep what was seen of the case that is waited for."""
        self._waiters.keep(waiter, glance)

    def kept(self, waiter: Waiter, clinic_id: str, subject_ref: str | None) -> Glance | None:
        """Return what was seen of the case a moment ago, if this caller may and there is nothing newer to be seen."""
        glance = self._waiters.kept(waiter)
        return glance if glance is not None and glance.is_seen_by(clinic_id, subject_ref) and self.fresh else None

    @property
    def fresh(self) -> bool:
        """Whether a change would have been told of."""
        return self._watcher.fresh

    def release_all(self) -> None:
        """Wake everybody and let nobody wait any more: the process is about to stop."""
        self._waiters.close()

    def close(self) -> None:
        self._waiters.close()
        self._watcher.stop()
