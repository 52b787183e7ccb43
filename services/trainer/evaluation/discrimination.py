"""How well classes, and malignant from benign, are told apart, with intervals by lesion."""

from collections.abc import Callable
from typing import Any

import numpy as np

from services.inference.model.classifier import decide
from services.trainer.evaluation.intervals import Measure, mean_over, not_too_sure, ratio
from services.trainer.evaluation.predictions import Judged
from services.trainer.evaluation.ranking import Ranking
from services.trainer.metrics import Floats, Ints
from services.trainer.photos import CLASSES
from shared.contracts.enums import Decision

SENSITIVITY = 0.95
_CLASSES = len(CLASSES)


def discrimination(judged: Judged) -> dict[str, Any]:
    """Every figure with value, low, high and n."""
    hit, n = judged.predictions.labels == judged.targets, len(judged.photos)
    figure = judged.resamples.figure
    return {
        "accuracy": figure(mean_over(hit.astype(np.float64)), n).as_json(),
        "balanced_accuracy": figure(balanced_accuracy(hit, judged.targets), n).as_json(),
        "macro_auroc": figure(lambda weights: _mean_of_known(_aurocs(judged)(weights)), n).as_json(),
        "classes": _classes(judged),
        "confusion": confusion(judged).tolist(),
        "malignancy": _malignancy(judged),
        "operating_points": _operating_points(judged),
        "bands": _bands(judged),
    }


def balanced_accuracy(hit: Floats | Any, targets: Ints) -> Measure:
    """The mean recall over the classes that occur in the resample."""
    recalls = class_recalls(hit, targets)
    return lambda weights: _mean_of_known(recalls(weights))


def class_recalls(hit: Floats | Any, targets: Ints) -> Callable[[Floats], Floats]:
    """Weights [b, n] to the recall of each class [b, classes], NaN where a class does not occur."""
    of_class = (targets[:, None] == np.arange(_CLASSES)).astype(np.float64)
    found = of_class * np.asarray(hit, dtype=np.float64)[:, None]
    return lambda weights: ratio(weights @ found, weights @ of_class)


def confusion(judged: Judged) -> Ints:
    """Photos by class (row) and by the model's first class (column), [classes, classes]."""
    table = np.zeros((_CLASSES, _CLASSES), dtype=np.int64)
    np.add.at(table, (judged.targets, judged.predictions.labels), 1)
    return table


def malignancy_ranking(judged: Judged) -> Ranking:
    return Ranking(judged.predictions.malignancy, judged.malignant)


def _classes(judged: Judged) -> dict[str, Any]:
    hit = judged.predictions.labels == judged.targets
    counted = {label: judged.count(label) for label in CLASSES}
    recalls = judged.resamples.figures(class_recalls(hit, judged.targets), [counted[label][0] for label in CLASSES])
    aurocs = judged.resamples.figures(_aurocs(judged), [len(judged.photos)] * _CLASSES)
    return {
        label.value: {
            "photos": counted[label][0],
            "lesions": counted[label][1],
            "recall": not_too_sure(recall, counted[label][1]).as_json(),
            "auroc": auroc.as_json(),
        }
        for label, recall, auroc in zip(CLASSES, recalls, aurocs, strict=True)
    }


def _aurocs(judged: Judged) -> Measure:
    """Each class against the rest, [b, classes]."""
    probabilities, targets = judged.predictions.probabilities, judged.targets
    rankings = [Ranking(probabilities[:, index], targets == index) for index in range(_CLASSES)]
    return lambda weights: np.stack([ranking.auroc(weights) for ranking in rankings], axis=1)


def _mean_of_known(values: Floats) -> Floats:
    known = ~np.isnan(values)
    return ratio(np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1).astype(np.float64))


def _malignancy(judged: Judged) -> dict[str, Any]:
    ranking, malignant, n = malignancy_ranking(judged), judged.malignant, len(judged.photos)
    figure = judged.resamples.figure
    return {
        "labels": [label.value for label in judged.manifest.malignant_labels],
        "malignant": int(malignant.sum()),
        "benign": int((~malignant).sum()),
        "auroc": figure(ranking.auroc, n).as_json(),
        "sensitivity_wanted": SENSITIVITY,
        "threshold_at_sensitivity": ranking.threshold_at(SENSITIVITY),
        "specificity_at_sensitivity": figure(
            lambda weights: ranking.specificity_at(SENSITIVITY, weights), int((~malignant).sum())
        ).as_json(),
    }


def _operating_points(judged: Judged) -> dict[str, Any]:
    """Sensitivity: malignant photos that reach the threshold. Specificity: benign ones that stay below it."""
    malignant, thresholds = judged.malignant, judged.manifest.thresholds
    points = {}
    for name, threshold in (("refer", thresholds.refer), ("no_refer", thresholds.no_refer)):
        reached = judged.predictions.malignancy >= threshold
        points[name] = {
            "threshold": threshold,
            "sensitivity": _share(judged, reached, malignant),
            "specificity": _share(judged, ~reached, ~malignant),
        }
    return points


def _bands(judged: Judged) -> list[dict[str, Any]]:
    """What the manifest's thresholds make of the photos, as if each came as the first kind that it is meant for."""
    modality = judged.manifest.modalities[0]
    decisions = np.array([decide(float(s), modality, judged.manifest).decision for s in judged.predictions.malignancy])
    everyone = np.ones(len(judged.photos), dtype=np.bool_)
    rows = []
    for band in (Decision.REFER, Decision.REVIEW, Decision.NO_REFER):
        inside = decisions == band
        rows.append(
            {
                "band": band.value,
                "photos": int(inside.sum()),
                "malignant": int((inside & judged.malignant).sum()),
                "share": _share(judged, inside, everyone),
                "malignant_share": _share(judged, judged.malignant, inside),
                "classes": {
                    label.value: int((inside & (judged.targets == index)).sum()) for index, label in enumerate(CLASSES)
                },
            }
        )
    return rows


def _share(judged: Judged, hit: Any, among: Any) -> dict[str, Any]:
    values = np.where(among, hit.astype(np.float64), np.nan)
    lesions = {photo.lesion for photo, counted in zip(judged.photos, among, strict=True) if counted}
    return not_too_sure(judged.resamples.figure(mean_over(values), int(among.sum())), len(lesions)).as_json()
