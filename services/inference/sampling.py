"""For which runs the faithfulness of the map is measured too: where the caller asked, and a share of the others."""

import hashlib
from dataclasses import asdict

import numpy as np

from services.inference.model.classifier import is_no_lesion
from services.inference.model.engine import LoadedModel, Prediction
from services.inference.model.faithfulness import faithfulness
from services.inference.photos import Photo
from shared.db.records import ClaimedRun
from shared.errors import LesionlensError
from shared.observability.logging import get_logger

_log = get_logger(__name__)
_CHANCES = 1 << 32


class FaithfulnessSample:
    """`share` 0..1. Which runs belong to it follows from their ids, so a second attempt measures the same ones."""

    def __init__(self, share: float) -> None:
        self._share = share

    def holds(self, run: ClaimedRun) -> bool:
        """Whether to measure it."""
        if run.measure_faithfulness:
            return True
        chance = int.from_bytes(hashlib.sha256(run.run_id.encode()).digest()[:4])
        return chance < self._share * _CHANCES


def measure(model: LoadedModel, photo: Photo, prediction: Prediction) -> dict[str, float] | None:
    """Areas of the class that the answer names, by `services.inference.model.faithfulness`; None where it cannot be.

    The random map that they are compared with follows from the photo. An answer is an answer without them: what
    prevents them is logged, and what ails the device is met again by the next photo.
    """
    if is_no_lesion(prediction.distance, model.manifest):
        return None
    size, label = model.framing.input_size, prediction.classification.label
    crop = np.frombuffer(photo.pixels.crop, dtype=np.uint8).reshape(size, size, -1)
    shown = prediction.maps[model.label_index(label)]
    evidence = np.array(shown.values).reshape(shown.height, shown.width)
    generator = np.random.default_rng(int(photo.image.sha256[:16], 16))
    try:
        areas = faithfulness(model, crop, evidence, label, generator)
    except LesionlensError as error:
        _log.warning("faithfulness_not_measured", run_id=photo.run.run_id, error=error.code)
        return None
    return {name: round(value, 4) for name, value in asdict(areas).items()}
