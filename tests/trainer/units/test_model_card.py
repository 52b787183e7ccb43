"""The card says what the manifest says, and nothing that a research model must not."""

from itertools import product
from pathlib import Path

from services.inference.model.folder import read_folder
from services.trainer.model_card import model_card
from services.trainer.wording import research_wording
from shared.contracts.manifest import FALSE_COMFORT, Metric, Quality

SHIPPED = next((Path(__file__).parents[3] / "models").glob("*/manifest.json")).parent


def test_every_figure_of_the_manifest_is_in_the_card_with_its_interval() -> None:
    manifest = read_folder(SHIPPED).manifest
    card = model_card(manifest)
    assert manifest.metrics
    for metric in manifest.metrics:
        assert f"{metric.value:.3f}" in card
        assert metric.low is None or f"{metric.low:.3f}" in card
    assert manifest.weights.sha256 in card
    assert manifest.wording.notice in card
    assert "not a diagnosis" in card
    assert all(source.licence in card for source in manifest.training_data)


def test_a_model_without_figures_says_so() -> None:
    manifest = read_folder(SHIPPED).manifest.model_copy(update={"metrics": ()})
    assert "Nothing yet." in model_card(manifest)


def test_what_a_photo_has_to_be_is_in_the_card() -> None:
    manifest = read_folder(SHIPPED).manifest
    limits = manifest.quality.pixels
    assert limits is not None
    assert f"| {limits.min_sharpness:g} | `too_blurred` |" in model_card(manifest)
    assert limits.rule in model_card(manifest)
    size_alone = manifest.model_copy(update={"quality": Quality(min_side_px=99)})
    assert "at least 99 px" in model_card(size_alone)
    assert "too_blurred" not in model_card(size_alone)


def test_an_unknown_figure_is_told_by_its_own_name() -> None:
    one = Metric(name="macro_f1", dataset="some", images=3, value=0.5)
    manifest = read_folder(SHIPPED).manifest.model_copy(update={"metrics": (one,)})
    assert "| macro_f1 | 3 | 0.500 |  |" in model_card(manifest)


def test_the_words_are_complete_and_comfort_nobody() -> None:
    for measures, limits in product((True, False), repeat=2):
        words = research_wording(measures_distance=measures, limits_pixels=limits)
        text = " ".join(words.sentences()).lower()
        assert not [phrase for phrase in FALSE_COMFORT if phrase in text]
