import math

import pytest

from services.inference.model.classifier import classify, decide, is_no_lesion
from services.inference.model.folder import ModelFolder
from shared.contracts.enums import Decision, LesionClass, Modality
from shared.contracts.manifest import ModelManifest, OutOfDistribution, ReasonCode
from shared.errors import NonFiniteActivation


@pytest.fixture
def manifest(folder: ModelFolder) -> ModelManifest:
    return folder.manifest


def test_probabilities_are_a_softmax_at_the_temperature(manifest: ModelManifest) -> None:
    warm = manifest.model_copy(update={"temperature": 2.0})
    logits = [1.0, -2.0, 0.0, 3.0, 2.5, -1.0, 0.5]
    answer = classify(logits, warm)
    total = sum(math.exp(logit / 2) for logit in logits)
    assert list(answer.probabilities.values()) == pytest.approx([math.exp(logit / 2) / total for logit in logits])
    assert answer.label is LesionClass.DF
    assert answer.malignancy == pytest.approx(
        answer.probabilities[LesionClass.AKIEC]
        + answer.probabilities[LesionClass.BCC]
        + answer.probabilities[LesionClass.MEL]
    )


@pytest.mark.parametrize("logits", [[1e4] + [0.0] * 6, [-1e4] * 7, [0.0, 1e-9] + [0.0] * 5, [3e38] + [-3e38] * 6])
def test_they_sum_to_one_however_extreme(manifest: ModelManifest, logits: list[float]) -> None:
    answer = classify(logits, manifest)
    assert math.fsum(answer.probabilities.values()) == pytest.approx(1, abs=1e-6)
    assert 0 <= answer.malignancy <= 1


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_logit_that_is_not_finite_is_an_error(manifest: ModelManifest, bad: float) -> None:
    with pytest.raises(NonFiniteActivation):
        classify([0.0] * 6 + [bad], manifest)


@pytest.mark.parametrize(
    ("malignancy", "decision", "reason"),
    [
        (0.0, Decision.NO_REFER, ReasonCode.MALIGNANCY_LOW),
        (0.1999, Decision.NO_REFER, ReasonCode.MALIGNANCY_LOW),
        (0.2, Decision.REVIEW, ReasonCode.MALIGNANCY_BETWEEN),
        (0.4999, Decision.REVIEW, ReasonCode.MALIGNANCY_BETWEEN),
        (0.5, Decision.REFER, ReasonCode.MALIGNANCY_HIGH),
        (1.0, Decision.REFER, ReasonCode.MALIGNANCY_HIGH),
    ],
)
def test_bands(manifest: ModelManifest, malignancy: float, decision: Decision, reason: ReasonCode) -> None:
    verdict = decide(malignancy, Modality.DERMOSCOPY, manifest)
    assert (verdict.decision, verdict.reasons) == (decision, (reason,))


@pytest.mark.parametrize("modality", [Modality.CLINICAL, Modality.UNKNOWN])
def test_outside_its_validated_use_a_model_only_asks_for_review(manifest: ModelManifest, modality: Modality) -> None:
    for malignancy in (0.0, 0.3, 1.0):
        verdict = decide(malignancy, modality, manifest)
        assert (verdict.decision, verdict.reasons) == (Decision.REVIEW, (ReasonCode.OUTSIDE_VALIDATED_USE,))


@pytest.fixture
def limited(manifest: ModelManifest) -> ModelManifest:
    limits = OutOfDistribution(method="ppca", components=4, soft=3, hard=5, rule="by hand", fitted_on="nothing")
    return manifest.model_copy(update={"out_of_distribution": limits})


@pytest.mark.parametrize("malignancy", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("distance", [3.0, 4.9999])
def test_far_from_its_training_a_model_only_asks_for_review(
    limited: ModelManifest, malignancy: float, distance: float
) -> None:
    verdict = decide(malignancy, Modality.DERMOSCOPY, limited, distance=distance)
    assert (verdict.decision, verdict.reasons) == (Decision.REVIEW, (ReasonCode.UNLIKE_TRAINING,))
    near = decide(malignancy, Modality.DERMOSCOPY, limited, distance=2.9999)
    assert near == decide(malignancy, Modality.DERMOSCOPY, limited)


def test_what_is_outside_the_validated_use_and_far_away_is_told_both(limited: ModelManifest) -> None:
    verdict = decide(1.0, Modality.CLINICAL, limited, distance=4.0)
    reasons = (ReasonCode.OUTSIDE_VALIDATED_USE, ReasonCode.UNLIKE_TRAINING)
    assert (verdict.decision, verdict.reasons) == (Decision.REVIEW, reasons)


def test_beyond_the_last_limit_there_is_no_result(limited: ModelManifest) -> None:
    assert [is_no_lesion(distance, limited) for distance in (0.0, 4.9999, 5.0, 1e9)] == [False, False, True, True]
    assert not is_no_lesion(None, limited)


def test_without_limits_no_distance_decides_anything(manifest: ModelManifest) -> None:
    assert not is_no_lesion(1e9, manifest)
    assert decide(1.0, Modality.DERMOSCOPY, manifest, distance=1e9).decision is Decision.REFER
