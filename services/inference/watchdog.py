"""Ends a process that hangs in a call. The interpreter may be stuck with its lock held, so a C thread keeps watch."""

import faulthandler
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class Watchdog:
    """While it watches, `alive` has to be called every `hang_s` seconds, or the process writes its stacks and exits.

    The runs in hand are not given back then: their leases lapse, and each is claimed alone the next time. There is one
    watch in a process; a nested one would disarm it.
    """

    def __init__(self, hang_s: float) -> None:
        self._hang_s = hang_s

    @contextmanager
    def watching(self) -> Iterator[None]:
        self.alive()
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()

    def alive(self) -> None:
        """Say that something has moved: start the time anew."""
        faulthandler.dump_traceback_later(self._hang_s, exit=True, file=sys.__stderr__ or sys.stderr)
