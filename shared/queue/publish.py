"""Ringing after the commit. It never raises and never takes long: a doorbell that is not heard costs latency only."""

import math
import threading
import time

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from shared.contracts.tasks import TaskName
from shared.observability.logging import get_logger
from shared.queue.app import make_celery
from shared.settings import BrokerSettings

_log = get_logger(__name__)
_SILENCE_S = 5.0


class Doorbell:
    """Tells workers that there is work. After a failure none is tried for 5 s: a dead broker costs 0.2 s once."""

    def __init__(self, settings: BrokerSettings, app: Celery | None = None) -> None:
        self._app = app or make_celery(settings, publisher=True)
        self._lock = threading.Lock()
        self._silent_until = 0.0

    def ring(self, task: TaskName) -> bool:
        """Send one message; return whether the broker took it."""
        with self._lock:
            if time.monotonic() < self._silent_until:
                return False
        try:
            self._app.send_task(task, retry=False, ignore_result=True, expires=60)
        except (OperationalError, RedisError, OSError) as error:
            with self._lock:
                self._silent_until = max(self._silent_until, time.monotonic() + _SILENCE_S)
            _log.warning("doorbell_not_rung", task=str(task), error=type(error).__name__)
            return False
        except RuntimeError:
            # The process ends while a thread still answers: its photo is accepted, whoever looks next will find it.
            if self._silent_until < math.inf:
                raise
            return False
        return True

    def close(self) -> None:
        """Ring no more, and give the connections back. Who rings all the same is told that nobody heard."""
        with self._lock:
            self._silent_until = math.inf
        self._app.close()
