"""Claim, send, write down, until nothing is due. One thread talks to Postgres, the others to receivers.

What has ended and what is taken next are one transaction, so a delivery costs one commit. Nothing waits for a slow
receiver but the slot that talks to it.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from shared.db.delivery_records import ClaimedDelivery, EndedAttempt
from shared.errors import TransientError
from shared.observability.logging import get_logger
from shared.queue.worker_process import Stop

_log = get_logger(__name__)
_LOOK_AGAIN_S: Final = 1.0
"""While requests are under way, for what has become due meanwhile."""
_AFTER_OUTAGE_S: Final = 0.5


class Record(Protocol):
    """Where deliveries are taken from and written to."""

    def turn(self, ended: Sequence[EndedAttempt], *, free: int, slow_free: int) -> list[ClaimedDelivery]:
        """Write down what has ended; return what is taken, at most `free`, of it `slow_free` for slow endpoints."""
        ...


class Drain:
    """One a process. Concurrent calls do not queue up: whoever works looks once more for what the others came for."""

    def __init__(
        self,
        record: Record,
        send: Callable[[ClaimedDelivery], EndedAttempt],
        stop: Stop,
        *,
        slots: int,
    ) -> None:
        self._record = record
        self._send = send
        self._stop = stop
        self._slots = slots
        self._slow_slots = max(1, slots // 4)
        self._working = threading.Lock()
        self._moved = threading.Condition()
        self._asked = False
        self._ended: list[EndedAttempt] = []
        self._under_way: set[str] = set()
        self._slow: set[str] = set()
        self._threads = ThreadPoolExecutor(slots, thread_name_prefix="slot")
        self._looked_at = time.monotonic()

    def seconds_since_look(self) -> float:
        """Seconds since this process last claimed, or looked and found nothing: what health is judged by."""
        return time.monotonic() - self._looked_at

    def __call__(self) -> int:
        """Return how many tries ended. An outage of Postgres ends the call; what was sent is written down later."""
        self._wake()
        sent = 0
        while self._asked and not self._stop.is_set():
            if not self._working.acquire(blocking=False):
                return sent
            try:
                sent += self._until_nothing_is_due()
            finally:
                self._working.release()
        return sent

    def close(self) -> None:
        """Wait for the requests that are under way, which end within their own limit, and write down how they did."""
        with self._working:
            self._threads.shutdown(wait=True)
            try:
                self._turn(free=0, slow_free=0)
            except TransientError as error:
                _log.warning("attempts_not_written", error=error.code, attempts=len(self._ended))

    def _until_nothing_is_due(self) -> int:
        sent = 0
        while True:
            with self._moved:
                self._asked = False
                free = 0 if self._stop.is_set() else self._slots - len(self._under_way)
                slow_free = self._slow_slots - len(self._slow)
            try:
                sent += self._turn(free=free, slow_free=slow_free)
                more = self._wait_for_more()
            except TransientError as error:
                _log.warning("drain_interrupted", error=error.code)
                more = self._wait_out()
            if not more:
                return sent

    def _turn(self, *, free: int, slow_free: int) -> int:
        """Write down and take; return how many tries were written down."""
        with self._moved:
            ended = list(self._ended)
        taken = self._record.turn(ended, free=free, slow_free=slow_free)
        self._looked_at = time.monotonic()
        with self._moved:
            del self._ended[: len(ended)]
            self._under_way |= {delivery.delivery_id for delivery in taken}
            self._slow |= {delivery.delivery_id for delivery in taken if delivery.slow}
        for delivery in taken:
            self._threads.submit(self._deliver, delivery)
        return len(ended)

    def _wait_for_more(self) -> bool:
        """Wait until a try has ended, somebody asks or a second is over; False where nothing is left to wait for."""
        with self._moved:
            if self._under_way and not (self._ended or self._asked):
                self._moved.wait(_LOOK_AGAIN_S)
            return bool(self._under_way or self._ended or self._asked)

    def _wait_out(self) -> bool:
        """While Postgres is away: hold on while there is something to write down and the process is to live."""
        with self._moved:
            left = self._moved.wait_for(self._stop.is_set, _AFTER_OUTAGE_S) is False
            return left and bool(self._under_way or self._ended)

    def _deliver(self, delivery: ClaimedDelivery) -> None:
        ended: list[EndedAttempt] = []
        try:
            ended.append(self._send(delivery))
        except Exception:  # noqa: BLE001 - see below
            # A fault of ours: nothing is known of the request, so its lease says when it is sent again.
            _log.exception("delivery_broken", delivery_id=delivery.delivery_id, endpoint_id=delivery.endpoint_id)
        finally:
            with self._moved:
                self._ended += ended
                self._under_way.discard(delivery.delivery_id)
                self._slow.discard(delivery.delivery_id)
                self._moved.notify_all()

    def _wake(self) -> None:
        with self._moved:
            self._asked = True
            self._moved.notify_all()
