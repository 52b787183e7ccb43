"""Everything that the working process holds, built after the fork and taken down in reverse order."""

import os
import platform
from collections.abc import Sequence
from typing import Any

import torch

from services.inference.claim import Claims
from services.inference.decode import Decoder
from services.inference.drain import Drain
from services.inference.loaded_models import LoadedModels
from services.inference.model_source import ModelSource
from services.inference.photos import Photos
from services.inference.pipeline import Pipeline
from services.inference.presence import Identity, Presence
from services.inference.redecision import Redecisions
from services.inference.results import Results
from services.inference.run_spans import RunSpans
from services.inference.sampling import FaithfulnessSample
from services.inference.settings import InferenceSettings
from services.inference.shelf import Shelf
from services.inference.stored_answers import StoredAnswers
from services.inference.switching import Switching
from services.inference.watchdog import Watchdog
from shared.contracts.tasks import TaskName
from shared.db.records import ClaimedRun
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import DatabaseUnavailable, DeviceLost
from shared.observability.logging import get_logger
from shared.observability.tracing import Tracing
from shared.queue.publish import Doorbell
from shared.queue.timer import Timer
from shared.queue.worker_process import Stop
from shared.storage.base import ObjectStore
from shared.storage.s3 import S3Store

_log = get_logger(__name__)
_MOST_BETWEEN_SIGNS_S = 2.0
_LANES = 3
"""Batches on their way: one read and decoded, one in the network, one drawn and stored. Bulk batches leave one free."""


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
        self._tracing = Tracing("inference", settings)
        self._spans, self._shelf = RunSpans(self._tracing), Shelf(store)
        self._decoder = Decoder()
        self._doorbell = Doorbell(settings)
        source = ModelSource(
            self._database, store, settings.data_dir / "cache", device=settings.device, backend=settings.backend
        )
        self._models = LoadedModels(source.load)
        self._pipeline = self._make_pipeline(settings, stop, store, source)
        claims = self._make_claims(settings, name)
        self._drain = Drain(claims.take, self._work, stop, lanes=_LANES, take_live=claims.take_live)
        self._looks = Timer(self.drain, settings.poll_interval_s)
        self._switching = Switching(source, self._models, self._looks.soon)
        self._switches = Timer(self._take_up, settings.poll_interval_s)
        self._batch_size = settings.batch_size
        self._presence = Presence(
            self._database,
            Identity(name, self._details),
            lease_s=settings.lease_s,
            seconds_since_look=self._drain.seconds_since_look,
        )
        self._signs = Timer(self._presence.show, min(settings.lease_s / 3, _MOST_BETWEEN_SIGNS_S))
        self._begin(source)
        _log.info("ready", worker=name, backend=self._details()["backend"])

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
        self._switches.close()
        self._pipeline.close()
        self._shelf.close()
        self._signs.close()
        self._presence.leave()
        self._decoder.close()
        self._doorbell.close()
        self._database.close()
        self._tracing.close()

    def _begin(self, source: ModelSource) -> None:
        """Load the active model, so that the first photo does not wait for it; then be there."""
        self._switching.look()
        try:
            source.tidy(self._models.loaded())
        except DatabaseUnavailable as error:
            _log.warning("cache_not_tidied", error=error.code)
        self._presence.show()
        for timer in (self._signs, self._looks, self._switches):
            timer.start()

    def _take_up(self) -> None:
        torch.set_num_threads(self._threads)
        self._switching.look()

    def _details(self) -> dict[str, Any]:
        loaded = self._models.loaded()
        active = loaded.get(self._switching.active or "")
        backend = active.backend if active else None
        return {"backend": backend, "batch_size": self._batch_size, "models": sorted(loaded)}

    def _make_claims(self, settings: InferenceSettings, name: str) -> Claims:
        return Claims(
            self._database,
            worker=name,
            limit=settings.batch_size,
            lease_s=settings.lease_s,
            loading=self._models.loading,
        )

    def _make_pipeline(
        self, settings: InferenceSettings, stop: Stop, store: ObjectStore, source: ModelSource
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
        photos = Photos(store, self._decoder, self._shelf)
        return Pipeline(
            photos,
            self._models,
            self._shelf,
            results,
            stop,
            watchdog,
            sample=FaithfulnessSample(settings.faithfulness_share),
            stored_answers=StoredAnswers(self._database, source.manifest),
            redecisions=Redecisions(source.manifest, photos, store, self._shelf),
            spans=self._spans,
        )

    def _work(self, runs: Sequence[ClaimedRun]) -> None:
        torch.set_num_threads(self._threads)  # counts for the thread that says it
        with self._presence.holding(runs), self._spans.holding(runs):
            self._pipeline.work(runs)
        # Its clinic may want to be called.
        self._doorbell.ring(TaskName.NOTIFIER_DRAIN)
