"""Ends a process that hangs in a call. The interpreter may be stuck with its lock held, so a C thread keeps watch."""

import faulthandler
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Watchdog:
    """Each thread that it watches has to call `alive` every `hang_s` seconds.

    Otherwise the process writes its stacks and exits. The runs in hand are not given back then: their leases lapse, and
    each is claimed alone the next time. There is one watchdog in a process, and one watch in a thread.
    """

    def __init__(self, hang_s: float) -> None:
        self._hang_s = hang_s
        self._lock = threading.Lock()
        self._due: dict[int, float] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        self.alive()
        try:
            yield
        finally:
            with self._lock:
                del self._due[threading.get_ident()]
                self._set()

    def alive(self) -> None:
        """Say that this thread has moved: start its time anew."""
        with self._lock:
            self._due[threading.get_ident()] = time.monotonic() + self._hang_s
            self._set()

    def _set(self) -> None:
        """Set the one timer to the first thread's end: threads that move do not stand in for one that hangs."""
        if self._due:
            left = max(0.001, min(self._due.values()) - time.monotonic())
            faulthandler.dump_traceback_later(left, exit=True, file=sys.__stderr__ or sys.stderr)
        else:
            faulthandler.cancel_dump_traceback_later()
