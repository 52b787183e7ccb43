"""The loop: while this process leads, every duty in its turn. No failure of one duty keeps another from its turn."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.maintenance.leader import Leader
from shared.errors import DatabaseUnavailable, TransientError
from shared.observability.logging import get_logger

_log = get_logger(__name__)

_STAND_BY_S = 1.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 5.0
_LONGEST_DUTY_PAUSE_S = 15.0


@dataclass
class Duty:
    """Something to do every `every_s` seconds, or, where `act` returns that there is more, after `pause_s`."""

    name: str
    every_s: float
    act: Callable[[], bool | None]
    pause_s: float = 0.0
    due_at: float = 0.0
    failures: int = 0


class Rounds:
    """Runs until `stop` is set; outlives outages of everything that the duties need."""

    def __init__(self, leader: Leader, duties: list[Duty], stop: threading.Event) -> None:
        self._leader = leader
        self._duties = duties
        self._stop = stop
        self._said_ready = False
        self._failures = 0

    def run(self) -> None:
        while not self._stop.is_set():
            self._stop.wait(self._round())
        self._leader.step_down()

    def _round(self) -> float:
        """Return the seconds until the next round."""
        try:
            leads = self._leader.leads()
        except DatabaseUnavailable as error:
            self._failures += 1
            if self._failures == 1:
                _log.warning("waiting_for_database", error=error.code)
            return _pause(self._failures, _LONGEST_PAUSE_S)
        self._failures = 0
        if not self._said_ready:
            _log.info("ready", leading=leads)
            self._said_ready = True
        if not leads:
            return _STAND_BY_S
        return self._act()

    def _act(self) -> float:
        for duty in self._duties:
            if duty.due_at <= time.monotonic():
                if self._stop.is_set():
                    return 0.0
                self._perform(duty)
        return max(0.0, min(duty.due_at for duty in self._duties) - time.monotonic())

    def _perform(self, duty: Duty) -> None:
        began = time.monotonic()
        try:
            more = duty.act()
        except Exception as error:  # noqa: BLE001 - whatever one duty met, the others are still to be done
            duty.failures += 1
            duty.due_at = time.monotonic() + _pause(duty.failures, _LONGEST_DUTY_PAUSE_S)
            if isinstance(error, TransientError):
                _log.warning("duty_interrupted", duty=duty.name, error=error.code)
            else:
                _log.exception("duty_failed", duty=duty.name)
            return
        duty.failures = 0
        duty.due_at = time.monotonic() + duty.pause_s if more else began + duty.every_s


def _pause(failures: int, longest_s: float) -> float:
    return min(longest_s, _FIRST_PAUSE_S * 2.0 ** min(failures - 1, 10))


class Slices:
    """A long work, done in slices of `slice_s` seconds, so that the short duties keep their pace."""

    def __init__(self, begin: Callable[[], Iterator[int]], slice_s: float) -> None:
        self._begin = begin
        self._slice_s = slice_s
        self._at_work: Iterator[int] | None = None

    def act(self) -> bool:
        """Return whether there is more. After an error the work begins again."""
        steps = self._at_work or self._begin()
        self._at_work = None
        until = time.monotonic() + self._slice_s
        for _ in steps:
            if time.monotonic() >= until:
                self._at_work = steps
                return True
        return False
