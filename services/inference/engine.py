"""Everything that the working process holds, built after the fork and taken down in reverse order."""

import os
import platform
from collections.abc import Sequence

import torch

from services.inference.claim import Claims
from services.inference.decode import Decoder
from services.inference.drain import Drain
from services.inference.freed_memory import give_back_freed_memory
from services.inference.loaded_models import LoadedModels
from services.inference.photos import Photos
from services.inference.pipeline import Pipeline
from services.inference.presence import Identity, Presence
from services.inference.results import Results
from services.inference.sampling import FaithfulnessSample
from services.inference.settings import InferenceSettings
from services.inference.watchdog import Watchdog
from shared.contracts.tasks import TaskName
from shared.db.records import ClaimedRun
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import DeviceLost
from shared.observability.logging import get_logger
from shared.queue.publish import Doorbell
from shared.queue.timer import Timer
from shared.queue.worker_process import Stop
from shared.storage.base import ObjectStore
from shared.storage.s3 import S3Store

_log = get_logger(__name__)
_MOST_BETWEEN_SIGNS_S = 2.0
_LANES = 3
"""Batches on their way: one read and decoded, one in the network, one drawn and stored."""


class InferenceEngine:
    """One a process. Database and store may be handed in, for tests that stand between."""

    def __init__(
        self,
        settings: InferenceSettings,
        stop: Stop,
        *,
        database: Database | None = None,
        store: ObjectStore | None = None,
    ) -> None:
        self._threads = settings.torch_threads or torch.get_num_threads()
        torch.set_num_threads(self._threads)
        name = f"{platform.node()}:{os.getpid()}"
        self._database = database or Database(make_engine(settings, DatabaseRole.WORKER))
        store = store or S3Store(settings)
        self._decoder = Decoder()
        self._doorbell = Doorbell(settings)
        models = LoadedModels(
            self._database, store, settings.data_dir / "cache", device=settings.device, backend=settings.backend
        )
        self._pipeline = self._make_pipeline(settings, stop, store, models)
        claims = Claims(self._database, worker=name, limit=settings.batch_size, lease_s=settings.lease_s)
        self._drain = Drain(claims.take, self._work, stop, lanes=_LANES)
        active = models.preload()
        give_back_freed_memory()
        backend = active.backend if active else None
        identity = Identity(name, {"backend": backend, "batch_size": settings.batch_size})
        self._presence = Presence(
            self._database, identity, lease_s=settings.lease_s, seconds_since_look=self._drain.seconds_since_look
        )
        self._signs = Timer(self._presence.show, min(settings.lease_s / 3, _MOST_BETWEEN_SIGNS_S))
        self._looks = Timer(self.drain, settings.poll_interval_s)
        self._presence.show()
        self._signs.start()
        self._looks.start()
        _log.info("ready", worker=name, backend=backend)

    def drain(self) -> int:
        """Work until nothing is waiting; return how many runs. See `Drain`."""
        try:
            return self._drain()
        except DeviceLost:
            # Nothing in this process can use the device any more. Celery starts another one.
            _log.exception("device_lost")
            os._exit(os.EX_TEMPFAIL)

    def close(self) -> None:
        """End after the batch in hand."""
        self._looks.close()
        self._pipeline.close()
        self._signs.close()
        self._presence.leave()
        self._decoder.close()
        self._doorbell.close()
        self._database.close()

    def _make_pipeline(
        self, settings: InferenceSettings, stop: Stop, store: ObjectStore, models: LoadedModels
    ) -> Pipeline:
        watchdog = Watchdog(settings.hang_s)
        results = Results(
            self._database,
            store,
            stop,
            watchdog,
            retry_delay_s=settings.retry_delay_s,
            patience_s=settings.lease_s,
        )
        sample = FaithfulnessSample(settings.faithfulness_share)
        return Pipeline(Photos(store, self._decoder), models, store, results, stop, watchdog, sample=sample)

    def _work(self, runs: Sequence[ClaimedRun]) -> None:
        torch.set_num_threads(self._threads)  # counts for the thread that says it
        with self._presence.holding(runs):
            self._pipeline.work(runs)
        # Its clinic may want to be called.
        self._doorbell.ring(TaskName.NOTIFIER_DRAIN)
