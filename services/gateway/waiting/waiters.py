"""Who waits in this process, and for which case. Knows neither sockets nor the database; versions are all it is told.

Callers join, wait and leave on the event loop. `versions` and `told` may also be called from the watcher's thread.
"""

import asyncio
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from services.gateway.waiting.glance import Glance

# Whoever asks again within so many seconds goes on waiting without a look into the database.
LINGER_S: Final = 5.0


class Wake(Enum):
    """Why a wait is over."""

    CHANGED = auto()
    TIMEOUT = auto()
    GONE = auto()
    CLOSING = auto()


class Waiter:
    """One caller who waits for one case. For the event loop alone."""

    __slots__ = ("_end", "_loop", "_pulse", "case_id", "version")

    def __init__(self, case_id: str, loop: asyncio.AbstractEventLoop) -> None:
        self.case_id = case_id
        self.version = 0
        self._loop = loop
        self._end: Wake | None = None
        self._pulse: asyncio.Future[None] | None = None

    def tell(self, version: int) -> None:
        """Say that the case has this version; a lower one than before is old news."""
        if version > self.version:
            self.version = version
            self._nudge()

    def end(self, why: Wake) -> None:
        """End this wait and each one after it."""
        self._end = self._end or why
        self._nudge()

    async def newer_than(self, version: int, seconds: float) -> Wake:
        """Wait until the case has a higher version, at most so many seconds."""
        deadline = self._loop.time() + seconds
        while True:
            if self._end is not None:
                return self._end
            if self.version > version:
                return Wake.CHANGED
            if self._loop.time() >= deadline:
                return Wake.TIMEOUT
            await self._sleep_until(deadline)

    async def _sleep_until(self, deadline: float) -> None:
        self._pulse = self._loop.create_future()
        timer = self._loop.call_at(deadline, self._nudge)
        try:
            await self._pulse
        finally:
            timer.cancel()
            self._pulse = None

    def _nudge(self) -> None:
        if self._pulse is not None and not self._pulse.done():
            self._pulse.set_result(None)


@dataclass(slots=True)
class _Awaited:
    """A case that somebody waits for or has just waited for, and the highest version that was told of."""

    version: int = 0
    waiters: set[Waiter] = field(default_factory=set)
    glance: Glance | None = None
    left_at: float = 0.0


class Waiters:
    """Everybody who waits. `most`: how many may at the same time."""

    def __init__(self, most: int, *, linger_s: float = LINGER_S) -> None:
        self._most = most
        self._linger_s = linger_s
        self._lock = threading.Lock()
        self._cases: dict[str, _Awaited] = {}
        self._count = 0
        self._closing = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def __len__(self) -> int:
        return self._count

    def join(self, case_id: str) -> Waiter | None:
        """Return a place; None where all are taken, or the process is about to stop. Whoever has one leaves it."""
        loop = asyncio.get_running_loop()
        with self._lock:
            if self._closing or self._count >= self._most:
                return None
            self._loop = loop
            self._count += 1
            awaited = self._cases.setdefault(case_id, _Awaited())
            waiter = Waiter(case_id, loop)
            waiter.tell(awaited.version)
            awaited.waiters.add(waiter)
        return waiter

    def leave(self, waiter: Waiter) -> None:
        with self._lock:
            awaited = self._cases[waiter.case_id]
            awaited.waiters.remove(waiter)
            awaited.left_at = time.monotonic()
            self._count -= 1

    def keep(self, waiter: Waiter, glance: Glance) -> None:
        """Keep what was seen of the waiter's case, for the next who waits for it."""
        with self._lock:
            self._cases[waiter.case_id].glance = glance

    def kept(self, waiter: Waiter) -> Glance | None:
        """Return what was seen of the waiter's case; None where a newer version was told of since."""
        with self._lock:
            awaited = self._cases[waiter.case_id]
            glance = awaited.glance
            return glance if glance is not None and awaited.version <= glance.version else None

    def close(self) -> None:
        """Wake everybody for good, and let nobody in any more."""
        with self._lock:
            self._closing = True
            everybody = [waiter for awaited in self._cases.values() for waiter in awaited.waiters]
        for waiter in everybody:
            waiter.end(Wake.CLOSING)

    def versions(self) -> dict[str, int]:
        """Return each awaited case with the highest version that was told of; 0 for none.

        Cases that nobody has waited for since some seconds are forgotten here; until then they are watched too.
        """
        with self._lock:
            long_ago = time.monotonic() - self._linger_s
            for case_id in [key for key, case in self._cases.items() if not case.waiters and case.left_at < long_ago]:
                del self._cases[case_id]
            return {case_id: awaited.version for case_id, awaited in self._cases.items()}

    def told(self, news: Iterable[tuple[str, int]]) -> None:
        """Take versions of cases, and wake whom they concern. What nobody waits for is dropped here."""
        with self._lock:
            wanted = [item for item in news if item[0] in self._cases]
            loop = self._loop
        if wanted and loop is not None:
            loop.call_soon_threadsafe(self._spread, wanted)

    def _spread(self, news: list[tuple[str, int]]) -> None:
        for case_id, version in news:
            with self._lock:
                awaited = self._cases.get(case_id)
                if awaited is None or version <= awaited.version:
                    continue
                awaited.version = version
                concerned = list(awaited.waiters)
            for waiter in concerned:
                waiter.tell(version)
