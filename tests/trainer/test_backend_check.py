"""Backends beside the reference: what agrees is listed, what does not is named."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.inference.model.backends.choice import available
from services.inference.model.folder import CARD, read_folder
from services.trainer.__main__ import main
from services.trainer.backend_check import Agreement, checked, compare
from services.trainer.canvases import quiet
from services.trainer.evaluation.predictions import Predictions
from services.trainer.photos import Photo
from shared.contracts.enums import BackendName


def test_what_runs_here_agrees_with_the_reference(folder: Path, photos: list[Photo]) -> None:
    found = compare(read_folder(folder), photos, quiet)
    assert [each.backend for each in found] == list(available())
    assert all(each.passes and each.photos == 40 for each in found)
    by_name = {each.backend: each for each in found}
    assert by_name[BackendName.TORCH_CPU_FP32].largest_difference == 0
    assert 0 < by_name[BackendName.OPENVINO_CPU_FP32].largest_difference < 1e-4


def test_another_class_for_a_clear_photo_is_no_agreement(folder: Path, photos: list[Photo]) -> None:
    crops = np.zeros((len(photos), 7))
    crops[:, 2] = 5
    other = Predictions(crops, crops, crops[:, 0], np.zeros((len(photos), 7, 4, 4), dtype=np.float32), None)
    found = compare(read_folder(folder), photos, quiet, reference=other)
    wrong = [each for each in found if each.backend is not BackendName.TORCH_CPU_FP32]
    assert not any(each.passes for each in wrong)
    manifest = checked(read_folder(folder).manifest, found)
    assert {"torch-cpu-fp32"} <= set(manifest.backends) <= {"torch-cpu-fp32", "torch-cuda-fp32"}


@pytest.mark.parametrize(
    ("same", "clear", "same_where_clear", "passes"),
    [(100, 90, 90, True), (99, 90, 90, True), (98, 90, 90, False), (99, 90, 89, False)],
)
def test_what_agreement_is(same: int, clear: int, same_where_clear: int, *, passes: bool) -> None:
    assert Agreement(BackendName.TORCH_CPU_BF16, 100, same, clear, same_where_clear, 100, 0.1).passes is passes


def test_the_command_lists_what_agrees(
    folder: Path, skin_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    shutil.copytree(folder, model)
    before = read_folder(model).manifest
    assert main(["check-backends", str(model), str(skin_data), "--part", "all", "--write"]) == 0
    after = read_folder(model).manifest
    assert set(after.backends) == {*available(), *before.backends}
    assert after.digest[:12] in capsys.readouterr().out
    assert replace(read_folder(model), manifest=before) == read_folder(folder)
    assert "openvino-cpu-fp32" in (model / CARD).read_text()
    assert main(["check-backends", str(model), str(skin_data), "--part", "all"]) == 0
