"""What the shipped model says of itself: manifest, card and committed reports tell the same of the same weights."""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import pytest

from services.inference.model.folder import CARD, MANIFEST, read_folder
from services.trainer.model_card import model_card

ROOT: Final = Path(__file__).parents[3]
SHIPPED: Final = next((ROOT / "models").glob(f"*/{MANIFEST}")).parent
REPORT: Final = ROOT / "docs" / "model-report"
# Where each part's report lies, and the words by which the manifest names the part.
PARTS: Final = {"hold-out": (REPORT, "hold-out by lesion"), "validation": (REPORT / "validation", "validation part")}
FIFTY_MB: Final = 50_000_000

each_part = pytest.mark.parametrize("part", PARTS)


def report_of(part: str) -> dict[str, Any]:
    return json.loads((PARTS[part][0] / "report.json").read_text())  # type: ignore[no-any-return]


def test_the_weights_are_those_of_the_manifest_and_small_enough_for_a_clone() -> None:
    folder = read_folder(SHIPPED)
    assert hashlib.sha256(folder.weights).hexdigest() == folder.manifest.weights.sha256
    assert len(folder.weights) < FIFTY_MB


@each_part
def test_the_report_is_of_this_model(part: str) -> None:
    manifest = read_folder(SHIPPED).manifest
    told = report_of(part)["identification"]
    assert (told["model"], told["version"], told["weights_sha256"]) == (
        manifest.name,
        manifest.digest,
        manifest.weights.sha256,
    )
    assert told["part"] == part
    assert manifest.digest in (PARTS[part][0] / "report.html").read_text()


@each_part
def test_manifest_and_card_tell_the_figures_of_the_report(part: str) -> None:
    manifest, card, report = read_folder(SHIPPED).manifest, (SHIPPED / CARD).read_text(), report_of(part)
    told = {each.name: each for each in manifest.metrics if PARTS[part][1] in each.dataset}
    measured = {
        "accuracy": report["discrimination"]["accuracy"],
        "balanced_accuracy": report["discrimination"]["balanced_accuracy"],
        "malignant_auroc": report["discrimination"]["malignancy"]["auroc"],
        "ece_after_temperature": report["reliability"]["after"]["ece"],
    }
    for name, figure in measured.items():
        assert told[name].value == pytest.approx(figure["value"], abs=6e-4), name
        assert told[name].images == figure["n"], name
        assert f"{told[name].value:.3f}" in card, name


def test_the_card_is_made_of_the_manifest() -> None:
    assert (SHIPPED / CARD).read_text() == model_card(read_folder(SHIPPED).manifest)


def test_a_research_model_says_what_it_is() -> None:
    manifest = read_folder(SHIPPED).manifest
    assert manifest.intended_use == "research"
    assert "not a diagnosis" in manifest.wording.notice
    assert all(source.licence == "CC BY-NC 4.0" for source in manifest.training_data)
