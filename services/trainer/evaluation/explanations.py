"""The checks of the maps together: where they lie, what the answer rests on, what random weights leave of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from services.inference.model.engine import LoadedModel
from services.inference.model.faithfulness import BLUR, STEPS, Areas, faithfulness
from services.inference.model.folder import ModelFolder
from services.trainer.canvases import Pixels, quiet
from services.trainer.crops import read_crops
from services.trainer.evaluation import localisation, randomisation
from services.trainer.evaluation.intervals import Resamples, mean_over
from services.trainer.evaluation.localisation import Localisation, located
from services.trainer.evaluation.masks import MaskedCrop, open_masked, shifted_crop, with_masks
from services.trainer.evaluation.masks import centre_crop as centred
from services.trainer.evaluation.options import EvaluationOptions
from services.trainer.evaluation.predictions import BATCH, Judged, Predictions, predict_crops
from services.trainer.metrics import Floats
from services.trainer.photos import CLASSES

NO_MASKS = "None of the evaluated photos has a mask."
NONE_TRIED = "No photo was to be tried out."
PAIRS = {"deletion": "random_deletion", "insertion": "random_insertion"}


@dataclass(frozen=True, slots=True, eq=False)
class Explanations:
    """`centre` and `shifted`: None without masks. `areas` [n, 6] in the order of `Areas`; `correlations` by part."""

    centre: Localisation | None
    shifted: Localisation | None
    areas: Floats
    correlations: dict[str, Floats]
    lesions: Sequence[str]

    def as_json(self, judged: Judged, options: EvaluationOptions) -> dict[str, Any]:
        """What the report says."""
        how = {"bootstrap": options.bootstrap, "seed": options.seed}
        height, width = judged.predictions.maps.shape[2:]
        tried = bool(self.lesions)
        return {
            "map_cells": [int(height), int(width)],
            "masks_reason": None if self.centre else NO_MASKS,
            "gaussian_deviation": localisation.GAUSSIAN_DEVIATION,
            "centre_crop": self.centre.as_json(**how) if self.centre else None,
            "shifted_crop": self.shifted.as_json(**how) if self.shifted else None,
            "tried": len(self.lesions),
            "tried_reason": None if tried else NONE_TRIED,
            "faithfulness": self._faithfulness(options) if tried else None,
            "randomisation": {
                "draws": randomisation.DRAWS,
                "parts": randomisation.summary(self.correlations, self.lesions, **how),
            }
            if tried
            else None,
        }

    def _faithfulness(self, options: EvaluationOptions) -> dict[str, Any]:
        resamples = Resamples(self.lesions, count=options.bootstrap, seed=options.seed)
        columns = {field.name: self.areas[:, index] for index, field in enumerate(fields(Areas))}
        columns |= {f"{name}_minus_random": columns[name] - columns[baseline] for name, baseline in PAIRS.items()}
        figures = {
            name: resamples.figure(mean_over(values), len(self.lesions)).as_json() for name, values in columns.items()
        }
        return {"steps": STEPS, "blur_deviation": BLUR, **figures}


def explanations(
    model: LoadedModel, folder: ModelFolder, judged: Judged, masks: Path | None, options: EvaluationOptions
) -> Explanations:
    """Masks are used for every photo that has one; `options.explained` photos, chosen by seed, for the rest."""
    generator = np.random.default_rng(options.seed)
    amount = min(options.explained, len(judged.photos))
    chosen = sorted(int(index) for index in generator.choice(len(judged.photos), size=amount, replace=False))
    photos = [judged.photos[index] for index in chosen]
    crops = list(read_crops(photos, model.framing, quiet))
    centre, shifted = _on_masks(model, judged, masks, options)
    predictions = judged.predictions
    areas = [
        asdict(faithfulness(model, crop, predictions.maps[index, label], CLASSES[label], generator))
        for index, label, crop in options.progress(_labelled(predictions, chosen, crops), amount)
    ]
    correlations = (
        randomisation.randomised(folder, crops, _only(predictions, chosen), options.progress) if chosen else {}
    )
    values = np.array([list(each.values()) for each in areas]).reshape(amount, len(fields(Areas)))
    return Explanations(centre, shifted, values, correlations, [photo.lesion for photo in photos])


def _labelled(
    predictions: Predictions, chosen: Sequence[int], crops: Sequence[Pixels]
) -> list[tuple[int, int, Pixels]]:
    return [(index, int(predictions.labels[index]), crop) for index, crop in zip(chosen, crops, strict=True)]


def _only(predictions: Predictions, chosen: Sequence[int]) -> Predictions:
    """Those of the chosen crops."""
    rows = np.array(chosen)
    return Predictions(
        predictions.logits[rows],
        predictions.probabilities[rows],
        predictions.malignancy[rows],
        predictions.maps[rows],
        None if predictions.distances is None else predictions.distances[rows],
    )


def _on_masks(
    model: LoadedModel, judged: Judged, masks: Path | None, options: EvaluationOptions
) -> tuple[Localisation | None, Localisation | None]:
    """The service's crop with the map that is there already, and a shifted crop with a new one."""
    pairs = with_masks(judged.photos, masks) if masks else []
    generator = np.random.default_rng(options.seed)
    central, moved = _Table(), _Table()
    batches = [pairs[start : start + BATCH] for start in range(0, len(pairs), BATCH)]
    for batch in options.progress(batches, len(batches)):
        elsewhere: list[tuple[str, MaskedCrop]] = []
        for index, path in batch:
            photo, label = judged.photos[index], judged.predictions.labels[index]
            pair = open_masked(photo, path)
            crop = shifted_crop(pair, model.framing, generator)
            central.add(judged.predictions.maps[index, label], centred(pair, model.framing), photo.lesion)
            if crop is not None:
                elsewhere.append((photo.lesion, crop))
        if elsewhere:
            found = Predictions.collect(predict_crops(model, [crop.pixels for _, crop in elsewhere]))
            for row, (lesion, crop) in enumerate(elsewhere):
                moved.add(found.maps[row, found.labels[row]], crop, lesion)
    return central.localisation(), moved.localisation()


class _Table:
    """Rows of a localisation as they come."""

    def __init__(self) -> None:
        self._rows: list[tuple[float, ...]] = []
        self._lesions: list[str] = []

    def add(self, evidence: localisation.Map, crop: MaskedCrop, lesion: str) -> None:
        self._rows.append(located(evidence, crop.mask))
        self._lesions.append(lesion)

    def localisation(self) -> Localisation | None:
        return Localisation(np.array(self._rows), self._lesions) if self._rows else None
