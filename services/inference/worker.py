"""`python -m services.inference.worker`: the inference worker. One process with a model; Celery brings the doorbells.

Reads its settings here and nowhere else. The parent only forks and listens: no CUDA call, no connection.
"""

import multiprocessing
import os
import platform
import sys
from typing import Any

import torch
from celery.signals import worker_shutting_down

from services.inference.claim import Claims
from services.inference.decode import Decoder
from services.inference.drain import Drain, Stop, Timer
from services.inference.loaded_models import LoadedModels
from services.inference.pipeline import Pipeline
from services.inference.settings import InferenceSettings
from services.inference.tasks import declare
from shared.contracts.tasks import QueueName
from shared.db.session import Database, DatabaseRole, make_engine
from shared.observability.logging import configure, get_logger
from shared.queue.app import make_celery
from shared.storage.s3 import S3Store

_log = get_logger(__name__)


class InferenceEngine:
    """Everything that the working process holds, built after the fork."""

    def __init__(self, settings: InferenceSettings, stop: Stop) -> None:
        if settings.torch_threads:
            torch.set_num_threads(settings.torch_threads)
        self._database = Database(make_engine(settings, DatabaseRole.WORKER))
        store = S3Store(settings)
        self._decoder = Decoder()
        models = LoadedModels(
            self._database, store, settings.data_dir / "cache" / "weights", device=_device(settings.device)
        )
        self._pipeline = Pipeline(self._database, store, self._decoder, models, retry_delay_s=settings.retry_delay_s)
        worker = f"{platform.node()}:{os.getpid()}"
        claims = Claims(self._database, worker=worker, limit=settings.batch_size, lease_s=settings.lease_s)
        self.drain = Drain(claims.take, self._pipeline.work, stop)
        self._timer = Timer(self.drain, settings.poll_interval_s)
        models.preload()
        self._timer.start()
        _log.info("ready", worker=worker, device=_device(settings.device))

    def close(self) -> None:
        self._timer.close()
        self._pipeline.close()
        self._decoder.close()
        self._database.close()


def _device(wanted: str) -> str:
    if wanted != "auto":
        return wanted
    return "cuda" if torch.cuda.is_available() else "cpu"


def main() -> int:
    settings = InferenceSettings()
    configure("inference", settings)
    stop = multiprocessing.get_context("fork").Event()
    app = make_celery(settings, publisher=False)
    declare(app, lambda: InferenceEngine(settings, stop))

    @worker_shutting_down.connect(weak=False)
    def claim_no_more(**_: Any) -> None:
        stop.set()

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


if __name__ == "__main__":
    sys.exit(main())
