"""Declares the doorbell's task and what a worker process does when it begins and ends. No logic."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, Protocol

from celery import Celery
from celery.signals import setup_logging, worker_process_init, worker_process_shutdown

from shared.contracts.tasks import TaskName
from shared.observability.logging import get_logger

_log = get_logger(__name__)
_PR_SET_PDEATHSIG = 1


class Engine(Protocol):
    """What lives in the process that does the work."""

    def drain(self) -> int: ...

    def close(self) -> None: ...


def declare(app: Celery, start: Callable[[], Engine]) -> None:
    """Start an engine in each worker process, never in the parent, which forks; and let the doorbell drain."""
    engines: list[Engine] = []

    @setup_logging.connect(weak=False)
    def keep_our_logging(**_: Any) -> None:
        """Celery leaves the log configuration alone where anybody listens to this signal."""

    @worker_process_init.connect(weak=False)
    def begin(**_: Any) -> None:
        _end_with_parent()
        try:
            engines.append(start())
        except Exception:  # noqa: BLE001 - see below
            # Celery would log this and go on with a process that can do nothing. End the worker; whoever
            # supervises it starts it again and says so.
            _log.exception("worker_cannot_start")
            os.kill(os.getppid(), signal.SIGTERM)

    @worker_process_shutdown.connect(weak=False)
    def end(**_: Any) -> None:
        while engines:
            engines.pop().close()

    @app.task(name=TaskName.INFERENCE_DRAIN, ignore_result=True)
    def drain() -> None:
        for engine in engines:
            engine.drain()


def _end_with_parent() -> None:
    """A working process whose parent was killed would go on claiming, unseen by whoever started it (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
