"""A Celery worker of ours: a parent that only forks and listens, one child that works, one task that says "look"."""

import ctypes
import multiprocessing
import os
import platform
import signal
import sys
import warnings
from collections.abc import Callable
from typing import Any, Final, Protocol

from billiard import pool
from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import setup_logging, worker_process_init, worker_process_shutdown, worker_shutting_down

from shared.contracts.tasks import QueueName, TaskName
from shared.observability.logging import get_logger
from shared.queue.app import make_celery
from shared.settings import BrokerSettings

_log = get_logger(__name__)
_PR_SET_PDEATHSIG = 1
_WAITS_FOR_PARENT: Final = 5
"""Tenths of a second in which a child that ends waits until its parent has heard what became of its last task."""


class Engine(Protocol):
    """What lives in the process that does the work."""

    def drain(self) -> int: ...

    def close(self) -> None: ...


class Stop(Protocol):
    """Set from outside once a process is to claim no more. A threading or a multiprocessing event fits."""

    def is_set(self) -> bool: ...


def run(settings: BrokerSettings, queue: QueueName, task: TaskName, start: Callable[[Stop], Engine]) -> int:
    """Run a worker until it is told to stop; return its exit status. `start` is called in the child, after the fork."""
    # Set in the parent, where the signal arrives; read in the child, which claims.
    stop = multiprocessing.get_context("fork").Event()

    @worker_shutting_down.connect(weak=False)
    def claim_no_more(**_: Any) -> None:
        stop.set()

    # A parent that stops may hear of a task no more, and the child would wait for that 30 s, longer than whoever stops
    # us has patience. Nobody asks what became of a doorbell.
    pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = _WAITS_FOR_PARENT
    app = make_celery(settings, publisher=False)
    declare(app, task, lambda: start(stop))
    # Running as root is allowed: what comes from strangers is handled in processes that hold nothing, or is never run;
    # messages are JSON without content.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    worker = app.Worker(
        hostname=f"{queue}@{platform.node()}",
        pool="prefork",
        concurrency=1,
        queues=[queue],
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


def declare(app: Celery, task: TaskName, start: Callable[[], Engine]) -> None:
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

    @app.task(name=task, ignore_result=True)
    def drain() -> None:
        for engine in engines:
            engine.drain()


def _end_with_parent() -> None:
    """A working process whose parent was killed would go on claiming, unseen by whoever started it (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
