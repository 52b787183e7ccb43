"""A run of random weights made into a model folder: what is fitted fits what the engine answers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from services.inference.model.engine import load_model
from services.inference.model.folder import read_folder
from services.trainer.about import read_about
from services.trainer.canvases import quiet
from services.trainer.crops import read_crops
from services.trainer.export import export
from services.trainer.export_options import ExportOptions
from services.trainer.faults import TrainerFault
from services.trainer.network import TRAINED, HeadKind, build_network, shipped_tensors
from services.trainer.photos import Photo, read_photos
from services.trainer.recipe import RECIPE, Recipe
from services.trainer.split import split_by_lesion
from shared.contracts.manifest import ReasonCode
from tests.trainer.conftest import write_data

SMALL: Final = Recipe(architecture="tiny-conv", canvas=64, resize=72, crop=64, folds=2)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Photo]:
    """So many that the hold-out is large enough for limits of distance."""
    return read_photos(write_data(tmp_path_factory.mktemp("many") / "data", lesions=60))


def finished_run(folder: Path, head: HeadKind = "pool-linear") -> Path:
    torch.manual_seed(3)
    folder.mkdir()
    save_file(shipped_tensors(build_network("tiny-conv", head)), folder / TRAINED)
    (folder / RECIPE).write_text(json.dumps(replace(SMALL, head=head).as_json()))
    return folder


@pytest.mark.parametrize("head", ["pool-linear", "concat-pool-mlp"])
def test_the_distance_is_fitted_on_what_the_engine_sees(photos: list[Photo], tmp_path: Path, head: HeadKind) -> None:
    wanted = ExportOptions(finished_run(tmp_path / "run", head), tmp_path / "model", "small", read_about("ham10000"))
    manifest = export(wanted, photos)
    limits = manifest.out_of_distribution
    assert limits is not None
    assert {ReasonCode.NOT_A_LESION, ReasonCode.UNLIKE_TRAINING} <= manifest.wording.reasons.keys()
    model = load_model(read_folder(tmp_path / "model"))
    held = split_by_lesion(photos, seed=SMALL.seed, folds=SMALL.folds).hold_out
    answers = model.predict([crop.tobytes() for crop in read_crops(held, model.framing, quiet)])
    distances = np.array([answer.distance for answer in answers], dtype=float)
    assert np.sqrt(np.square(distances).mean()) == pytest.approx(1.0, abs=0.2)
    assert (distances >= limits.soft).sum() <= 0.02 * len(held)
    assert (distances < limits.hard).all()
    assert manifest.reference is None, "such small photos are refused: the service answers none of them"
    white = model.predict([bytes([255]) * len(read_crops(held[:1], model.framing, quiet).tobytes())])[0]
    assert white.distance is not None
    assert white.distance > distances.max()


def test_an_export_has_what_drift_is_told_against(tmp_path: Path) -> None:
    large = read_photos(write_data(tmp_path / "data", lesions=6, enlarged=3))
    about = read_about("ham10000")
    manifest = export(ExportOptions(finished_run(tmp_path / "run"), tmp_path / "model", "small", about), large)
    assert manifest.reference is not None
    held = split_by_lesion(large, seed=SMALL.seed, folds=SMALL.folds).hold_out
    assert manifest.reference.photos == len(held)
    assert read_folder(tmp_path / "model").manifest == manifest


def test_the_priors_are_corrected_in_the_logits_and_nowhere_else(photos: list[Photo], tmp_path: Path) -> None:
    common = [photo for photo in photos if photo.label != "nv" or photo.lesion.endswith(("1", "3", "5", "7"))]
    run, about = finished_run(tmp_path / "run"), read_about("ham10000")
    for name, correct in (("with", True), ("without", False)):
        export(ExportOptions(run, tmp_path / name, name, about, precision="fp32", correct_prior=correct), common)
    crop = read_crops(common[:1], load_model(read_folder(tmp_path / "with")).framing, quiet).tobytes()
    first, second = (load_model(read_folder(tmp_path / name)).predict([crop])[0] for name in ("with", "without"))
    shift = np.array(first.logits) - np.array(second.logits)
    assert shift[5] == pytest.approx(shift.min(), abs=1e-5), "the class that was made rare is no less likely"
    assert np.ptp(np.delete(shift, 5)) < 0.05
    assert first.maps == second.maps


def test_what_does_not_finish_leaves_nothing(photos: list[Photo], tmp_path: Path) -> None:
    run = finished_run(tmp_path / "run")
    (tmp_path / "model").mkdir()
    with pytest.raises(TrainerFault, match="exists"):
        export(ExportOptions(run, tmp_path / "model", "small", read_about("ham10000")), photos)
    (run / TRAINED).write_bytes(b"no weights")
    with pytest.raises(TrainerFault, match="no finished run"):
        export(ExportOptions(run, tmp_path / "other", "small", read_about("ham10000")), photos)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "run"]
