"""What drift is told against: measured by the export, and by its own command for a model that has none."""

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from services.inference.model.engine import load_model
from services.inference.model.folder import CARD, ModelFolder, read_folder
from services.trainer.__main__ import main
from services.trainer.backend_check import rewrite
from services.trainer.canvases import quiet
from services.trainer.evaluation.predictions import predict_photos
from services.trainer.photos import CLASSES, Photo
from services.trainer.pixel_limits import measured
from services.trainer.reference import measure_reference
from shared.contracts.enums import PhotoMeasure
from shared.contracts.manifest import PixelLimits


def asking(folder: Path, *, sharpness: float) -> ModelFolder:
    """The model without limits of distance, and with one of sharpness alone."""
    stored = read_folder(folder)
    pixels = PixelLimits(
        min_sharpness=sharpness, min_mean_grey=0, max_dark_share=1, max_glare_share=1, rule="-", fitted_on="-"
    )
    quality = stored.manifest.quality.model_copy(update={"min_side_px": 1, "pixels": pixels})
    return replace(stored, manifest=stored.manifest.model_copy(update={"quality": quality}))


def test_the_shares_are_of_what_the_service_would_answer(folder: Path, photos: list[Photo]) -> None:
    sharpest = sorted(each.sharpness for each in measured(photos, quiet))
    model = load_model(asking(folder, sharpness=sharpest[20]))
    found = measure_reference(model, photos, "Forty photos.", quiet)
    assert found is not None
    good = [p for p, m in zip(photos, measured(photos, quiet), strict=True) if m.sharpness >= sharpest[20]]
    counts = Counter(CLASSES[label] for label in predict_photos(model, good, quiet).labels)
    assert len(good) == 20
    assert found.labels == {label: pytest.approx(counts[label] / 20) for label in CLASSES}
    assert found.photos == 40
    assert found.measures[PhotoMeasure.SHARPNESS].p50 == pytest.approx((sharpest[19] + sharpest[20]) / 2, abs=1e-4)


def test_without_an_answer_there_is_nothing_to_tell_against(folder: Path, photos: list[Photo]) -> None:
    assert measure_reference(load_model(asking(folder, sharpness=1e9)), photos, "Forty photos.", quiet) is None


def test_the_command_writes_what_it_prints(
    folder: Path, skin_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    shutil.copytree(folder, model)
    before = read_folder(model)
    asked = ["measure-reference", str(model), str(skin_data)]
    assert main(asked) == 0
    assert read_folder(model) == before, "without --write nothing is changed"
    assert main([*asked, "--write"]) == 0
    after = read_folder(model).manifest
    assert after.reference is not None
    assert after.reference.measured_on == "Hold-out: part 0 of 10, by lesion, not trained on."
    said = capsys.readouterr().out
    assert f"{after.reference.photos} photos." in said
    assert after.digest[:12] in said
    assert replace(read_folder(model), manifest=before.manifest) == before, "the weights are the same"
    assert "## What drift is told against" in (model / CARD).read_text()


def test_the_command_says_why_there_is_none(
    folder: Path, skin_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    shutil.copytree(folder, model)
    strict = read_folder(model).manifest
    rewrite(model, strict.model_copy(update={"quality": strict.quality.model_copy(update={"min_side_px": 1000})}))
    assert main(["measure-reference", str(model), str(skin_data), "--write"]) == 2
    assert "all are refused" in capsys.readouterr().err
