"""Answers of a model that differs from an earlier run's in limits and words only: decided anew, without the network.

Logits, distance, measures and maps come from what that run stored. Nothing of the model is loaded but its manifest.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.inference import answers, artifacts
from services.inference.answering_model import UnloadedModel
from services.inference.model.classifier import classify, is_no_lesion
from services.inference.model.engine import Prediction
from services.inference.model.quality import QualityReport, assess
from services.inference.outcomes import Answered
from services.inference.photos import Photo, Photos
from services.inference.shelf import Shelf
from services.inference.stored_answers import REDECIDED_FROM, StoredAnswer, StoredObject
from shared.contracts.enums import ArtifactName
from shared.contracts.manifest import ModelManifest, ReasonCode
from shared.db.models import Artifact
from shared.db.records import ClaimedRun
from shared.errors import ObjectMissing
from shared.imaging.geometry import Geometry, GeometryInvalid, Size
from shared.imaging.map_file import ClassMap, MapInvalid, read_maps
from shared.storage.base import ObjectStore

_KEPT = (ArtifactName.MAP, ArtifactName.GEOMETRY, ArtifactName.LAYER)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Objects of the earlier run, which the new one stores again byte by byte, and what they hold."""

    objects: dict[ArtifactName, bytes]
    maps: tuple[ClassMap, ...]
    geometry: Geometry
    read_ms: float


class Redecisions:
    """Safe to share between threads."""

    def __init__(
        self, manifest: Callable[[str], ModelManifest], photos: Photos, store: ObjectStore, shelf: Shelf
    ) -> None:
        """`manifest` gives a model's manifest by its id."""
        self._manifest = manifest
        self._photos = photos
        self._store = store
        self._shelf = shelf

    def answer(self, run: ClaimedRun, stored: StoredAnswer) -> Answered | None:
        """Return the run's answer; None where what is stored does not suffice, and the network has to be asked.

        Raises what opening the photo raises, and StoreUnavailable.
        """
        model = UnloadedModel(self._manifest(run.model_version_id), stored.backend, stored.layer)
        quality = assess(stored.measures, model.manifest)
        if not quality.accepted:
            return _refused(run, model, stored, quality, quality.reasons)
        if is_no_lesion(stored.distance, model.manifest):
            return _refused(run, model, stored, quality, (ReasonCode.NOT_A_LESION,), told=stored.distance)
        if stored.logits is None or (model.manifest.out_of_distribution and stored.distance is None):
            return None
        evidence = self._evidence(stored)
        if evidence is None:
            return None
        photo = self._photos.open(run, model.framing)
        if photo.pixels.placement != evidence.geometry.placement:
            return None
        found = classify(stored.logits, model.manifest)
        prediction = Prediction(stored.logits, found, evidence.maps, stored.backend, stored.distance)
        rows, durations = self._draw(model, prediction, photo, evidence)
        provenance = _provenance(run, stored, durations)
        answer = answers.result(run, model, prediction, quality, evidence.geometry, provenance)
        return Answered(run, answer, None, rows)

    def _draw(
        self, model: UnloadedModel, prediction: Prediction, photo: Photo, evidence: _Evidence
    ) -> tuple[list[Artifact], dict[str, float]]:
        began = time.perf_counter()
        contents = artifacts.redrawn(model, prediction, photo.pixels, evidence.geometry, evidence.objects)
        rendered = time.perf_counter()
        rows = self._shelf.put(photo.run, contents)
        durations = {"render": _ms(rendered - began), "store": _ms(time.perf_counter() - rendered)}
        return rows, {**photo.durations, "read_stored": evidence.read_ms, **durations}

    def _evidence(self, stored: StoredAnswer) -> _Evidence | None:
        """What the earlier run stored; None where an object is gone, is not the one on record or is not readable."""
        began = time.perf_counter()
        if not all(name in stored.objects for name in _KEPT):
            return None
        try:
            contents = {name: self._store.get(stored.objects[name].key) for name in _KEPT}
        except ObjectMissing:
            return None
        if not all(_is(content, stored.objects[name]) for name, content in contents.items()):
            return None
        try:
            maps = read_maps(contents[ArtifactName.MAP])
            geometry = Geometry.from_json(contents[ArtifactName.GEOMETRY])
        except (MapInvalid, GeometryInvalid):
            return None
        if geometry.map != Size(maps[0].width, maps[0].height) or len(geometry.labels) != len(maps):
            return None
        return _Evidence(contents, maps, geometry, _ms(time.perf_counter() - began))


def _refused(
    run: ClaimedRun,
    model: UnloadedModel,
    stored: StoredAnswer,
    quality: QualityReport,
    reasons: tuple[ReasonCode, ...],
    *,
    told: float | None = None,
) -> Answered:
    """A refusal needs neither photo nor maps."""
    provenance = _provenance(run, stored, {})
    return Answered(run, answers.refusal(model, quality, reasons, provenance, distance=told), None)


def _provenance(run: ClaimedRun, stored: StoredAnswer, durations: dict[str, float]) -> dict[str, Any]:
    return {
        "image_sha256": stored.image_sha256,
        "attempt": run.attempts,
        "durations_ms": durations,
        REDECIDED_FROM: stored.run_id,
    }


def _is(content: bytes, on_record: StoredObject) -> bool:
    return hashlib.sha256(content).hexdigest() == on_record.sha256


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
