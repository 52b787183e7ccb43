"""What the shipped model says of itself: manifest, card and committed report tell the same of the same weights."""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import pytest

from services.inference.model.folder import CARD, MANIFEST, read_folder

ROOT: Final = Path(__file__).parents[3]
SHIPPED: Final = next((ROOT / "models").glob(f"*/{MANIFEST}")).parent
REPORT: Final = ROOT / "docs" / "model-report"
PART: Final = "official validation"
FIFTY_MB: Final = 50_000_000


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return json.loads((REPORT / "report.json").read_text())  # type: ignore[no-any-return]


def test_the_weights_are_those_of_the_manifest_and_small_enough_for_a_clone() -> None:
    folder = read_folder(SHIPPED)
    assert hashlib.sha256(folder.weights).hexdigest() == folder.manifest.weights.sha256
    assert len(folder.weights) < FIFTY_MB


def test_the_report_is_of_this_model(report: dict[str, Any]) -> None:
    manifest = read_folder(SHIPPED).manifest
    told = report["identification"]
    assert (told["model"], told["version"], told["weights_sha256"]) == (
        manifest.name,
        manifest.digest,
        manifest.weights.sha256,
    )
    assert told["part"] == "validation"
    assert manifest.digest in (REPORT / "report.html").read_text()


def test_manifest_and_card_tell_the_figures_of_the_report(report: dict[str, Any]) -> None:
    manifest, card = read_folder(SHIPPED).manifest, (SHIPPED / CARD).read_text()
    told = {each.name: each for each in manifest.metrics if PART in each.dataset}
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


def test_a_research_model_says_what_it_is() -> None:
    manifest = read_folder(SHIPPED).manifest
    assert manifest.intended_use == "research"
    assert "not a diagnosis" in manifest.wording.notice
    assert all(source.licence == "CC BY-NC 4.0" for source in manifest.training_data)
