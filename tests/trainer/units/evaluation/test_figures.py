"""Discrimination and calibration of generated answers whose figures are known."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.inference.model.development import write_development_model
from services.trainer import metrics
from services.trainer.evaluation import reliability
from services.trainer.evaluation.discrimination import discrimination
from services.trainer.evaluation.intervals import Resamples
from services.trainer.evaluation.predictions import Judged, Predictions
from services.trainer.metrics import Floats, Ints
from services.trainer.photos import CLASSES, Photo
from shared.contracts.manifest import ModelManifest

TARGETS = np.arange(70) % 7


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> ModelManifest:
    return write_development_model(tmp_path_factory.mktemp("model"))


def judged(manifest: ModelManifest, probabilities: Floats, targets: Ints = TARGETS) -> Judged:
    """Photos without files, two of each lesion, and these answers to them."""
    photos = [
        Photo(Path(f"{index}.jpg"), CLASSES[target], f"{target}/{index // 14}") for index, target in enumerate(targets)
    ]
    scores = metrics.malignancy(probabilities)
    maps = np.zeros((len(photos), 7, 4, 4), dtype=np.float32)
    predictions = Predictions(np.log(np.maximum(probabilities, 1e-9)), probabilities, scores, maps, None)
    resamples = Resamples([photo.lesion for photo in photos], count=100, seed=0)
    return Judged(photos, predictions, manifest, resamples)


def guesses(seed: int) -> Floats:
    """Answers that know something."""
    logits = np.random.default_rng(seed).normal(size=(70, 7)) + 1.5 * np.eye(7)[TARGETS]
    return metrics.softmax(logits)


def all_of(figure: dict[str, Any]) -> tuple[float, float, float]:
    return figure["value"], figure["low"], figure["high"]


def test_a_perfect_model(manifest: ModelManifest) -> None:
    found = discrimination(judged(manifest, np.eye(7)[TARGETS]))
    for figure in (
        *(found["accuracy"], found["balanced_accuracy"], found["macro_auroc"], found["malignancy"]["auroc"]),
        found["malignancy"]["specificity_at_sensitivity"],
    ):
        assert all_of(figure) == (1.0, 1.0, 1.0)
    for point in found["operating_points"].values():
        # 30 malignant photos are 15 lesions: n / (n + 1.96^2), Wilson's bound for all of n.
        assert all_of(point["sensitivity"]) == pytest.approx((1.0, 15 / (15 + 1.96**2), 1.0), abs=1e-4)
    assert found["confusion"] == (10 * np.eye(7, dtype=int)).tolist()
    assert [row["photos"] for row in found["bands"]] == [30, 0, 40]
    assert [row["malignant"] for row in found["bands"]] == [30, 0, 0]


def test_figures_are_those_of_the_training(manifest: ModelManifest) -> None:
    answers = guesses(1)
    found = discrimination(judged(manifest, answers))
    assert found["accuracy"]["value"] == pytest.approx(metrics.accuracy(answers, TARGETS))
    assert found["balanced_accuracy"]["value"] == pytest.approx(metrics.balanced_accuracy(answers, TARGETS))
    assert found["malignancy"]["auroc"]["value"] == pytest.approx(metrics.malignant_auroc(answers, TARGETS))
    recalls = [each["recall"]["value"] for each in found["classes"].values()]
    assert recalls == pytest.approx(metrics.recalls(answers, TARGETS))
    for figure in (found["accuracy"], found["balanced_accuracy"], found["macro_auroc"]):
        value, low, high = all_of(figure)
        assert low < value < high


def test_a_missing_class_is_left_out_of_the_means(manifest: ModelManifest) -> None:
    some = np.flatnonzero(TARGETS != 3)
    found = discrimination(judged(manifest, guesses(2)[some], TARGETS[some]))
    missing = found["classes"]["df"]
    assert (missing["photos"], missing["lesions"]) == (0, 0)
    assert np.isnan(missing["recall"]["value"])
    recalls = [each["recall"]["value"] for name, each in found["classes"].items() if name != "df"]
    assert found["balanced_accuracy"]["value"] == pytest.approx(np.mean(recalls))


def test_calibration_error_by_hand() -> None:
    """Two at 0.9 of which one is right and two at 0.6 that are both right: a gap of 0.4 in either bin."""
    measure = reliability.calibration_error(np.array([0.9, 0.9, 0.6, 0.6]), np.array([1.0, 0.0, 1.0, 1.0]))
    assert measure(np.ones((1, 4)))[0] == pytest.approx(0.4)
    # Without the wrong one: |1 - 0.9| / 3 + 2 |1 - 0.6| / 3
    assert measure(np.array([[1.0, 0.0, 1.0, 1.0]]))[0] == pytest.approx(0.1 / 3 + 0.8 / 3)


def test_calibration_before_and_after(manifest: ModelManifest) -> None:
    answers = guesses(3)
    softer = judged(manifest.model_copy(update={"temperature": 2.0}), answers)
    logits = softer.predictions.logits
    after = metrics.softmax(logits, 2.0)
    softer = replace(softer, predictions=replace(softer.predictions, probabilities=after))
    found = reliability.reliability(softer)
    for name, probabilities in (("before", metrics.softmax(logits)), ("after", after)):
        chosen = probabilities[np.arange(70), TARGETS]
        confidence, hit = probabilities.max(axis=1), probabilities.argmax(axis=1) == TARGETS
        inside = [confidence // (1 / metrics.ECE_BINS) == number for number in range(metrics.ECE_BINS)]
        gaps = [abs((hit - confidence)[part].sum()) for part in inside]
        assert found[name]["ece"]["value"] == pytest.approx(sum(gaps) / 70)
        assert found[name]["nll"]["value"] == pytest.approx(-np.log(chosen).mean())
        others = (probabilities**2).sum(axis=1) - chosen**2
        assert found[name]["brier"]["value"] == pytest.approx(((1 - chosen) ** 2 + others).mean())
        assert sum(each["photos"] for each in found[name]["diagram"]) == 70
    assert found["before"]["ece"]["value"] != found["after"]["ece"]["value"]


def test_classwise_error_is_the_mean_over_the_classes() -> None:
    answers = np.array([[0.7, 0.3], [0.7, 0.3]])
    measure = reliability.classwise_error(answers, np.array([0, 1]))
    assert measure(np.ones((1, 2)))[0] == pytest.approx((abs(0.5 - 0.7) + abs(0.5 - 0.3)) / 2)
