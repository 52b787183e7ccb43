"""Who is in the network next: one at a time, and live work before bulk work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition

_BETWEEN_SIGNS_S = 1.0


class Turns:
    """A lock with two doors. Bulk work waits while anybody is in, or waits for a live turn."""

    def __init__(self) -> None:
        self._moved = Condition()
        self._taken = False
        self._live_waiting = 0

    @contextmanager
    def turn(self, alive: Callable[[], None], *, live: bool) -> Iterator[None]:
        """Wait for the turn and hold it for the block. `alive` is called meanwhile: waiting is no hang."""
        self._wait(alive, live=live)
        try:
            alive()
            yield
        finally:
            with self._moved:
                self._taken = False
                self._moved.notify_all()

    def _wait(self, alive: Callable[[], None], *, live: bool) -> None:
        with self._moved:
            self._live_waiting += live
            try:
                while self._taken or (self._live_waiting and not live):
                    self._moved.wait(_BETWEEN_SIGNS_S)
                    alive()
                self._taken = True
            finally:
                self._live_waiting -= live
