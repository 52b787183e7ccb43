"""What a model answers to photos that it was not trained on, and what these measure: what drift is told against."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from services.inference.model.classifier import is_no_lesion
from services.inference.model.engine import LoadedModel
from services.inference.model.quality import reasons
from services.trainer.canvases import Progress
from services.trainer.evaluation.predictions import predict_photos
from services.trainer.photos import CLASSES, Photo
from services.trainer.pixel_limits import measured
from shared.contracts.enums import PhotoMeasure
from shared.contracts.manifest import ModelManifest, Reference, Spread

_DIGITS = 4


def measure_reference(
    model: LoadedModel, photos: Sequence[Photo], measured_on: str, progress: Progress
) -> Reference | None:
    """Show photos to the model as the service would; None where it answers none of them. Raises BadData."""
    measures = measured(photos, progress)
    asked = [p for p, m in zip(photos, measures, strict=True) if not any(reasons(m, model.manifest.quality))]
    counts = _labels(model, asked, progress)
    if not counts:
        return None
    return Reference(
        photos=len(photos),
        measured_on=measured_on,
        labels={label: round(counts[label] / counts.total(), _DIGITS) for label in CLASSES},
        measures={name: _spread([getattr(each, name) for each in measures]) for name in PhotoMeasure},
    )


def with_reference(manifest: ModelManifest, reference: Reference | None) -> ModelManifest:
    """The same model with a reference, if there is one. Its version changes, its weights do not."""
    if reference is None:
        return manifest
    return ModelManifest.model_validate(manifest.model_dump(exclude_unset=True) | {"reference": reference})


def _labels(model: LoadedModel, photos: Sequence[Photo], progress: Progress) -> Counter[str]:
    if not photos:
        return Counter()
    found = predict_photos(model, photos, progress)
    distances = [None] * len(photos) if found.distances is None else found.distances.tolist()
    return Counter(
        CLASSES[label]
        for label, distance in zip(found.labels, distances, strict=True)
        if not is_no_lesion(distance, model.manifest)
    )


def _spread(values: Sequence[float]) -> Spread:
    p05, p50, p95 = (round(float(value), _DIGITS) for value in np.quantile(values, (0.05, 0.5, 0.95)))
    return Spread(p05=p05, p50=p50, p95=p95)
