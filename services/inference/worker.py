"""`python -m services.inference.worker`: the inference worker. One process with a model; Celery brings the doorbells.

Reads its settings here and nowhere else. The parent only forks and listens: no CUDA call, no connection.
"""

import multiprocessing
import platform
import sys
import warnings
from typing import Any

from celery.exceptions import SecurityWarning
from celery.signals import worker_shutting_down

from services.inference.drain import Stop
from services.inference.engine import InferenceEngine
from services.inference.freed_memory import keep_freed_memory
from services.inference.settings import InferenceSettings
from services.inference.tasks import declare
from shared.contracts.tasks import QueueName
from shared.observability.logging import configure
from shared.queue.app import make_celery


def run(settings: InferenceSettings, stop: Stop) -> int:
    """Run the worker until it is told to stop; return its exit status."""
    app = make_celery(settings, publisher=False)
    declare(app, lambda: InferenceEngine(settings, stop))
    # Running as root is allowed: photos are decoded in processes that hold nothing, messages are JSON without content.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    worker = app.Worker(
        hostname=f"inference@{platform.node()}",
        pool="prefork",
        concurrency=1,
        queues=[QueueName.INFERENCE],
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


def main() -> int:
    settings = InferenceSettings()
    configure("inference", settings)
    keep_freed_memory()  # the child that works inherits it
    # Set in the parent, where the signal arrives; read in the child, which claims.
    stop = multiprocessing.get_context("fork").Event()

    @worker_shutting_down.connect(weak=False)
    def claim_no_more(**_: Any) -> None:
        stop.set()

    return run(settings, stop)


if __name__ == "__main__":
    sys.exit(main())
