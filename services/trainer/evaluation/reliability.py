"""Whether probabilities mean what they say, before and after the manifest's temperature.

ECE of the first class with equal bins: Guo et al., arXiv 1706.04599. Classwise ECE: Kull et al., arXiv 1910.12656.
Brier: the squared distance from the truth summed over the classes, 0 to 2.
"""

from typing import Any

import numpy as np

from services.trainer.evaluation.intervals import Measure, mean_over
from services.trainer.evaluation.predictions import Judged
from services.trainer.metrics import ECE_BINS, Floats, Ints, softmax

_LEAST = 1e-12


def reliability(judged: Judged) -> dict[str, Any]:
    """ECE, classwise ECE, Brier, NLL and the bins of the diagram: `before` at temperature 1, `after` as answered."""
    temperature = judged.manifest.temperature
    return {
        "temperature": temperature,
        "bins": ECE_BINS,
        "before": _figures(judged, softmax(judged.predictions.logits)),
        "after": _figures(judged, judged.predictions.probabilities),
    }


def calibration_error(confidence: Floats, hit: Floats, bins: int = ECE_BINS) -> Measure:
    """Sum over the bins of share x |frequency - mean confidence|; an empty bin adds nothing."""
    inside = _binned(confidence, bins)
    gaps = inside * (hit - confidence)[:, None]
    return lambda weights: np.abs(weights @ gaps).sum(axis=1) / weights.sum(axis=1)


def classwise_error(probabilities: Floats, targets: Ints, bins: int = ECE_BINS) -> Measure:
    """The mean over the classes of each class's own calibration error."""
    classes = probabilities.shape[1]
    measures = [
        calibration_error(probabilities[:, index], (targets == index).astype(np.float64), bins)
        for index in range(classes)
    ]
    return lambda weights: np.mean([measure(weights) for measure in measures], axis=0)


def _figures(judged: Judged, probabilities: Floats) -> dict[str, Any]:
    targets, n = judged.targets, len(judged.photos)
    confidence = probabilities.max(axis=1)
    hit = (probabilities.argmax(axis=1) == targets).astype(np.float64)
    truth = np.eye(probabilities.shape[1])[targets]
    chosen = probabilities[np.arange(n), targets]
    measures = {
        "ece": calibration_error(confidence, hit),
        "classwise_ece": classwise_error(probabilities, targets),
        "brier": mean_over(np.square(probabilities - truth).sum(axis=1)),
        "nll": mean_over(-np.log(np.maximum(chosen, _LEAST))),
    }
    figures = {name: judged.resamples.figure(measure, n).as_json() for name, measure in measures.items()}
    return {**figures, "diagram": _diagram(confidence, hit)}


def _diagram(confidence: Floats, hit: Floats) -> list[dict[str, Any]]:
    inside = _binned(confidence, ECE_BINS)
    return [
        {
            "photos": int(column.sum()),
            "confidence": float(confidence[column > 0].mean()),
            "accuracy": float(hit[column > 0].mean()),
        }
        for column in inside.T
        if column.any()
    ]


def _binned(confidence: Floats, bins: int) -> Floats:
    """One-hot [n, bins]; a confidence of 1 is in the last."""
    return np.eye(bins)[np.minimum((confidence * bins).astype(np.int64), bins - 1)]
