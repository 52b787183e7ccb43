"""From logits to probabilities, a malignancy score and a decision band. Every number comes from the manifest.

Works on plain floats, without the network: a manifest that differs only in temperature, thresholds or limits is applied
to stored logits and distances.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from shared.contracts.enums import Decision, LesionClass, Modality
from shared.contracts.manifest import ModelManifest, ReasonCode
from shared.errors import NonFiniteActivation


@dataclass(frozen=True, slots=True)
class Classification:
    """Probabilities in label order, summing to 1 within 1e-6; malignancy is the sum over the malignant labels."""

    label: LesionClass
    probabilities: dict[LesionClass, float]
    malignancy: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """A band and why."""

    decision: Decision
    reasons: tuple[ReasonCode, ...]


def classify(logits: Sequence[float], manifest: ModelManifest) -> Classification:
    """Softmax at the manifest's temperature, in double precision. Raises NonFiniteActivation for NaN or Inf."""
    if not all(map(math.isfinite, logits)):
        raise NonFiniteActivation("a logit is not finite")
    top = max(logits)
    weights = [math.exp((logit - top) / manifest.temperature) for logit in logits]
    total = math.fsum(weights)
    probabilities = {label: weight / total for label, weight in zip(manifest.labels, weights, strict=True)}
    return Classification(
        label=manifest.labels[list(logits).index(top)],
        probabilities=probabilities,
        malignancy=min(1.0, math.fsum(probabilities[label] for label in manifest.malignant_labels)),
    )


def is_no_lesion(distance: float | None, manifest: ModelManifest) -> bool:
    """Whether a photo is so far from those of the training that there is no result. None: no distance was measured."""
    limits = manifest.out_of_distribution
    return limits is not None and distance is not None and distance >= limits.hard


def decide(malignancy: float, modality: Modality, manifest: ModelManifest, *, distance: float | None = None) -> Verdict:
    """The band of a malignancy score.

    A photo of a kind that the model was not validated on always goes to review, and so does one that is far from those
    of the training; ask `is_no_lesion` first whether it is too far for any decision.
    """
    doubts = _doubts(modality, manifest, distance)
    if doubts:
        return Verdict(Decision.REVIEW, doubts)
    if malignancy >= manifest.thresholds.refer:
        return Verdict(Decision.REFER, (ReasonCode.MALIGNANCY_HIGH,))
    if malignancy < manifest.thresholds.no_refer:
        return Verdict(Decision.NO_REFER, (ReasonCode.MALIGNANCY_LOW,))
    return Verdict(Decision.REVIEW, (ReasonCode.MALIGNANCY_BETWEEN,))


def _doubts(modality: Modality, manifest: ModelManifest, distance: float | None) -> tuple[ReasonCode, ...]:
    limits = manifest.out_of_distribution
    far = limits is not None and distance is not None and distance >= limits.soft
    found = (
        (ReasonCode.OUTSIDE_VALIDATED_USE, modality not in manifest.modalities),
        (ReasonCode.UNLIKE_TRAINING, far),
    )
    return tuple(reason for reason, holds in found if holds)
