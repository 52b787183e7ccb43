"""The figures that a manifest and a card carry, measured by the engine on photos that were not trained on."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from services.inference.model.engine import LoadedModel
from services.trainer.canvases import Progress
from services.trainer.evaluation.discrimination import discrimination
from services.trainer.evaluation.intervals import Resamples
from services.trainer.evaluation.predictions import Judged, predict_photos
from services.trainer.evaluation.reliability import reliability
from services.trainer.photos import Photo
from shared.contracts.manifest import Metric

RESAMPLES = 1000
_DIGITS = 3


def measure(model: LoadedModel, datasets: Mapping[str, Sequence[Photo]], progress: Progress) -> tuple[Metric, ...]:
    """Each figure of each data set that has photos, with its 95 % interval by lesion. Raises BadData."""
    found: list[Metric] = []
    for name, photos in datasets.items():
        if photos:
            predictions = predict_photos(model, photos, progress)
            resamples = Resamples([photo.lesion for photo in photos], count=RESAMPLES, seed=0)
            found += _metrics(Judged(photos, predictions, model.manifest, resamples), name)
    return tuple(found)


def _metrics(judged: Judged, dataset: str) -> list[Metric]:
    told, calibrated = discrimination(judged), reliability(judged)
    points = told["operating_points"]
    figures = {
        "accuracy": told["accuracy"],
        "balanced_accuracy": told["balanced_accuracy"],
        "malignant_auroc": told["malignancy"]["auroc"],
        "specificity_at_95_sensitivity": told["malignancy"]["specificity_at_sensitivity"],
        "sensitivity_of_refer": points["refer"]["sensitivity"],
        "specificity_of_refer": points["refer"]["specificity"],
        "sensitivity_of_not_no_refer": points["no_refer"]["sensitivity"],
        "share_of_benign_no_refer": points["no_refer"]["specificity"],
        "ece_after_temperature": calibrated["after"]["ece"],
    }
    defined = {name: figure for name, figure in figures.items() if figure["n"] and not math.isnan(figure["value"])}
    return [_metric(name, dataset, figure) for name, figure in defined.items()]


def _metric(name: str, dataset: str, figure: Mapping[str, Any]) -> Metric:
    known = not math.isnan(figure["low"])
    return Metric(
        name=name,
        dataset=dataset,
        images=figure["n"],
        value=round(figure["value"], _DIGITS),
        low=round(figure["low"], _DIGITS) if known else None,
        high=round(figure["high"], _DIGITS) if known else None,
    )
