"""A batch of claimed runs: fetch and decode, classify and explain, render and store, commit.

What an earlier run of the same network has answered is only decided anew, before any model is asked for.

Several batches may be on their way, each in a thread of its own: one at a time is in the network,
and live work is before bulk work.

No photo decides over another: what fails for one run ends or returns that run alone.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from itertools import groupby
from typing import Any, TypeVar

from services.inference import answers, artifacts
from services.inference.loaded_models import LoadedModels
from services.inference.model.classifier import is_no_lesion
from services.inference.model.engine import LoadedModel, Prediction
from services.inference.model.quality import QualityReport, assess
from services.inference.outcomes import Answered, Failed, Outcome, Returned
from services.inference.photos import Photo, Photos
from services.inference.redecision import Redecisions
from services.inference.results import Results
from services.inference.run_spans import RunSpans
from services.inference.sampling import FaithfulnessSample, measure
from services.inference.shelf import Shelf
from services.inference.stored_answers import StoredAnswer, StoredAnswers
from services.inference.turns import Turns
from services.inference.watchdog import Watchdog
from shared.contracts.enums import RunQueue
from shared.contracts.manifest import ReasonCode
from shared.db.records import ClaimedRun, CleanImage
from shared.errors import DeviceLost, PermanentError, ShuttingDown, TransientError
from shared.observability.logging import get_logger
from shared.queue.worker_process import Stop

_log = get_logger(__name__)
_THREADS = 4

Areas = dict[str, float] | None

Given = TypeVar("Given")
Made = TypeVar("Made")


class Pipeline:
    """Brings batches from claimed to committed. The threads overlap a batch's transfers and its decoding."""

    def __init__(
        self,
        photos: Photos,
        models: LoadedModels,
        shelf: Shelf,
        results: Results,
        stop: Stop,
        watchdog: Watchdog,
        *,
        sample: FaithfulnessSample,
        stored_answers: StoredAnswers,
        redecisions: Redecisions,
        spans: RunSpans,
    ) -> None:
        self._photos = photos
        self._models = models
        self._shelf = shelf
        self._results = results
        self._stop = stop
        self._watchdog = watchdog
        self._sample = sample
        self._stored_answers = stored_answers
        self._redecisions = redecisions
        self._spans = spans
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="pipeline")
        self._turns = Turns()

    def close(self) -> None:
        self._pool.shutdown()

    def work(self, runs: Sequence[ClaimedRun]) -> None:
        """Bring every run of the batch to an outcome, and the outcomes to the record.

        Raises DatabaseUnavailable, and DeviceLost once the batch is given back.
        """
        with self._watchdog.watching():
            left = self._decide_anew(runs)
            loaded = set(self._models.loaded())
            # Those that can be worked on at once do not wait for a model that has to be loaded first.
            by_model = sorted(left, key=lambda run: (run.model_version_id not in loaded, run.model_version_id))
            for model_id, group in groupby(by_model, key=lambda run: run.model_version_id):
                outcomes = self._outcomes(model_id, list(group))
                self._record(outcomes)
                if any(isinstance(outcome, Returned) and outcome.code == DeviceLost.code for outcome in outcomes):
                    raise DeviceLost

    def _record(self, outcomes: list[Outcome]) -> None:
        began_ns = time.time_ns()
        self._results.record(outcomes)
        self._spans.recorded(outcomes, began_ns)

    def _decide_anew(self, runs: Sequence[ClaimedRun]) -> Sequence[ClaimedRun]:
        """Answer what needs no network, for an earlier run had the same one; return the runs that are left."""
        try:
            stored = self._stored_answers.of(runs)
        except TransientError as error:
            self._record([_ended(run, error) for run in runs])
            return ()
        found = [run for run in runs if run.run_id in stored]
        outcomes = [made for made in self._each(lambda run: self._anew(run, stored[run.run_id]), found) if made]
        if outcomes:
            self._record(outcomes)
        answered = {outcome.run.run_id for outcome in outcomes}
        return [run for run in runs if run.run_id not in answered]

    def _anew(self, run: ClaimedRun, stored: StoredAnswer) -> Outcome | None:
        if self._stop.is_set():
            return _ended(run, ShuttingDown())
        return _guarded(run, None, lambda: self._redecisions.answer(run, stored))

    def _outcomes(self, model_id: str, runs: list[ClaimedRun]) -> list[Outcome]:
        with ExitStack() as held:
            try:
                model = held.enter_context(self._models.using(model_id, self._watchdog.alive))
            except (PermanentError, TransientError) as error:
                return [_ended(run, error) for run in runs]
            self._watchdog.alive()
            return self._passed(model, runs)

    def _passed(self, model: LoadedModel, runs: list[ClaimedRun]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        opened = self._each(lambda run: self._open(run, model), runs)
        photos = _split(opened, outcomes)
        predicted = self._predicted(model, photos, runs[0])
        pairs = zip(photos, predicted, strict=True)
        kept = self._each(lambda pair: self._settled(pair[0], partial(_as_is, pair[1])), pairs)
        answered = _split(kept, outcomes)
        areas = self._areas(model, answered)
        outcomes += self._each(lambda one: self._conclude(model, *one, areas.get(one[0].run.run_id)), answered)
        return outcomes

    def _predicted(
        self, model: LoadedModel, photos: Sequence[Photo], first: ClaimedRun
    ) -> list[tuple[Photo, Prediction, float] | Outcome]:
        asked_ns = time.time_ns()
        with self._turn(first):
            began_ns = time.time_ns()
            predicted = _predict(model, photos)
            ended_ns = time.time_ns()
        for photo in photos:
            self._spans.passed(photo.run, "wait for network", asked_ns, began_ns, {})
            self._spans.passed(photo.run, "network", began_ns, ended_ns, {"lesionlens.batch_size": len(photos)})
        return predicted

    def _areas(self, model: LoadedModel, answered: Sequence[tuple[Photo, Prediction, float]]) -> dict[str, Areas]:
        """By run: how far the map explains the answer, for the few of which it is measured."""
        measured = {}
        for photo, prediction, _ in answered:
            if self._sample.holds(photo.run):
                with self._turn(photo.run):
                    measured[photo.run.run_id] = measure(model, photo, prediction)
        return measured

    def _turn(self, run: ClaimedRun) -> AbstractContextManager[None]:
        """Wait for the network. Whoever hangs in it is found out by its own watch, not by ours."""
        return self._turns.turn(self._watchdog.alive, live=run.queue is RunQueue.LIVE)

    def _each(self, step: Callable[[Given], Made], items: Iterable[Given]) -> list[Made]:
        made = []
        for one in self._pool.map(step, items):
            self._watchdog.alive()
            made.append(one)
        return made

    def _open(self, run: ClaimedRun, model: LoadedModel) -> Photo | Outcome:
        if self._stop.is_set():
            return _ended(run, ShuttingDown())
        began_ns = time.time_ns()
        photo = _guarded(run, None, lambda: self._photos.open(run, model.framing))
        if not isinstance(photo, Photo):
            return photo
        self._spans.in_turn(run, began_ns, photo.opening)
        quality = assess(photo.pixels.measures, model.manifest)
        return photo if quality.accepted else self._settled(photo, partial(_unfit, model, photo, quality))

    def _settled(self, photo: Photo, then: Callable[[], Made]) -> Made | Outcome:
        """Go on once the photo's clean image lies in the store (I7); where it cannot, that is what ends the run."""
        try:
            way = photo.settle()
        except Exception as error:  # noqa: BLE001 - classified in _ended
            return _ended(photo.run, error)
        if way is not None:
            self._spans.passed(photo.run, "store_image", *way, {})
        return _guarded(photo.run, photo, then)

    def _conclude(
        self, model: LoadedModel, photo: Photo, prediction: Prediction, network_ms: float, areas: Areas
    ) -> Outcome:
        if is_no_lesion(prediction.distance, model.manifest):
            step = partial(_no_lesion, model, photo, prediction, network_ms)
        else:
            step = partial(self._store_answer, model, photo, prediction, network_ms, areas)
        return _guarded(photo.run, photo, step)

    def _store_answer(
        self, model: LoadedModel, photo: Photo, prediction: Prediction, network_ms: float, areas: Areas
    ) -> Answered:
        run, began_ns, began = photo.run, time.time_ns(), time.perf_counter()
        geometry = model.geometry(photo.pixels.placement)
        contents = artifacts.render(model, prediction, photo.pixels, geometry)
        rendered = time.perf_counter()
        rows = self._shelf.put(run, contents)
        durations = {
            "render": round((rendered - began) * 1000, 3),
            "store": round((time.perf_counter() - rendered) * 1000, 3),
        }
        self._spans.in_turn(run, began_ns, durations)
        quality = assess(photo.pixels.measures, model.manifest)
        provenance = _provenance(photo, {"network": network_ms, **durations})
        answer = answers.result(run, model, prediction, quality, geometry, provenance, areas=areas)
        return Answered(run, answer, _stored(photo), rows)


def _as_is(made: Made) -> Made:
    return made


def _unfit(model: LoadedModel, photo: Photo, quality: QualityReport) -> Answered:
    """Refuse a photo on its pixels."""
    answer = answers.refusal(model, quality, quality.reasons, _provenance(photo, {}))
    return Answered(photo.run, answer, _stored(photo))


def _no_lesion(model: LoadedModel, photo: Photo, prediction: Prediction, network_ms: float) -> Answered:
    """Refuse a photo on what the network saw in it; of that, only the distance is told."""
    quality = assess(photo.pixels.measures, model.manifest)
    provenance = _provenance(photo, {"network": network_ms})
    reasons = (ReasonCode.NOT_A_LESION,)
    answer = answers.refusal(model, quality, reasons, provenance, distance=prediction.distance)
    return Answered(photo.run, answer, _stored(photo))


def _predict(model: LoadedModel, photos: Sequence[Photo]) -> list[tuple[Photo, Prediction, float] | Outcome]:
    """Classify the batch in one pass; where that fails, halve it until the photo that fails stands alone."""
    if not photos:
        return []
    began = time.perf_counter()
    try:
        predictions = model.predict([photo.pixels.crop for photo in photos])
    except DeviceLost as error:
        return [_ended(photo.run, error) for photo in photos]
    except Exception as error:  # noqa: BLE001 - classified in _ended, once the photo stands alone
        if len(photos) == 1:
            return [_ended(photos[0].run, error, photos[0])]
        half = len(photos) // 2
        return _predict(model, photos[:half]) + _predict(model, photos[half:])
    share = round((time.perf_counter() - began) * 1000 / len(photos), 3)
    return [(photo, prediction, share) for photo, prediction in zip(photos, predictions, strict=True)]


def _guarded(run: ClaimedRun, photo: Photo | None, step: Callable[[], Made]) -> Made | Outcome:
    try:
        return step()
    except Exception as error:  # noqa: BLE001 - classified in _ended
        return _ended(run, error, photo)


def _ended(run: ClaimedRun, error: Exception, photo: Photo | None = None) -> Failed | Returned:
    """Classify what a step raised. What nobody foresaw is our fault: the case fails, with a trace in the log."""
    stored = _stored(photo)
    if isinstance(error, TransientError):
        return Returned(run, error.code)
    if isinstance(error, PermanentError):
        return Failed(run, error.code, stored)
    _log.error("run_met_a_fault", case_id=run.case_id, run_id=run.run_id, exc_info=error)
    return Failed(run, "internal_error", stored)


def _stored(photo: Photo | None) -> CleanImage | None:
    return photo.image if photo is not None and photo.storing is not None else None


def _split(items: Sequence[Made | Outcome], outcomes: list[Outcome]) -> list[Made]:
    """Return the items that go on, and add those that have ended to `outcomes`."""
    going_on = []
    for item in items:
        if isinstance(item, (Answered, Failed, Returned)):
            outcomes.append(item)
        else:
            going_on.append(item)
    return going_on


def _provenance(photo: Photo, durations: dict[str, float]) -> dict[str, Any]:
    return {
        "image_sha256": photo.image.sha256,
        "attempt": photo.run.attempts,
        "durations_ms": {**photo.durations, **durations},
    }
