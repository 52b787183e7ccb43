"""The second way to all work: looking for it from time to time, whatever the doorbells do."""

import threading
from collections.abc import Callable

from shared.observability.logging import get_logger

_log = get_logger(__name__)


class Timer:
    """Calls `action` every `interval_s` seconds, or `soon` where somebody asks, in a thread of its own until closed."""

    def __init__(self, action: Callable[[], object], interval_s: float) -> None:
        self._action = action
        self._interval_s = interval_s
        self._closed = False
        self._due = threading.Event()
        self._thread = threading.Thread(target=self._run, name="timer", daemon=True)

    def start(self) -> None:
        """Begin with a whole interval: whoever asked before had nothing to wait for."""
        self._due.clear()
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
