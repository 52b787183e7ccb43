"""The commands as a user types them, on a small data set: train, evaluate, and what is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from services.inference.model.engine import load_model
from services.inference.model.folder import CARD, MANIFEST, read_folder

ROOT: Final = Path(__file__).parents[2]
WITHIN_S: Final = 110
SMALL: Final = (
    *("--architecture", "tiny-conv", "--stages", "3x32", "2x48", "--canvas", "64", "--resize", "72", "--crop", "64"),
    *("--batch", "16", "--rate", "0.02", "--ema", "0.9", "--folds", "5", "--threads", "1"),
)


def trainer(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.trainer", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=WITHIN_S, check=False, cwd=cwd, env=environment
    )


@pytest.fixture(scope="module")
def trained(skin_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run with its exported model."""
    out = tmp_path_factory.mktemp("runs") / "run"
    done = trainer("train", skin_data, "--out", out, "--cache", out.parent / "cache", "--name", "small", *SMALL)
    assert done.returncode == 0, done.stderr
    assert "next: make evaluate" in done.stdout
    return out


def test_training_ends_with_a_model_folder_that_the_engine_loads(trained: Path) -> None:
    assert {path.name for path in (trained / "model").iterdir()} == {MANIFEST, CARD, "model.safetensors"}
    folder = read_folder(trained / "model")
    model = load_model(folder)
    assert folder.manifest.name == "small"
    assert folder.manifest.weights.format == "safetensors-int8"
    assert folder.manifest.training_data[0].licence == "not stated"
    assert model.predict([bytes(64 * 64 * 3)])[0].logits
    balanced = next(each for each in folder.manifest.metrics if each.name == "balanced_accuracy")
    assert balanced.value > 0.5, "seven plain colours are hardly told apart"
    assert balanced.low is not None
    assert balanced.low <= balanced.value


def test_an_evaluation_reproduces_the_figures_of_the_manifest(trained: Path, skin_data: Path) -> None:
    out = trained.parent / "report"
    done = trainer("evaluate", trained / "model", skin_data, "--out", out, "--folds", "5", "--explained", "4")
    assert done.returncode == 0, done.stderr
    report = json.loads((out / "report.json").read_text())
    metrics = {metric.name: metric.value for metric in read_folder(trained / "model").manifest.metrics}
    assert report["discrimination"]["accuracy"]["value"] == pytest.approx(metrics["accuracy"], abs=5e-4)
    assert report["discrimination"]["malignancy"]["auroc"]["value"] == pytest.approx(
        metrics["malignant_auroc"], abs=5e-4
    )
    assert report["identification"]["version"] == read_folder(trained / "model").manifest.digest


def test_a_finished_run_is_exported_again_and_never_over_another(trained: Path, skin_data: Path) -> None:
    out = trained.parent / "half"
    wanted = ("export", trained, skin_data, "--out", out, "--weights", "fp16", "--no-prior-correction")
    assert trainer(*wanted).returncode == 0
    assert read_folder(out).manifest.weights.format == "safetensors-fp16"
    again = trainer(*wanted)
    assert again.returncode == 2
    assert "exists" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("train", "nowhere"), "no such folder"),
        (("train", "DATA", "--stages", "3y32"), "EPOCHSxSIZE"),
        (("train", "DATA", "--rate", "fast"), "a number, or find"),
        (("train", "DATA", "--crop", "96", "--resize", "72"), "larger"),
        (("train", "DATA", "--about", "nobody"), "--about nobody"),
        (("export", "nowhere", "DATA", "--out", "model"), "no recipe"),
        (("evaluate", "nowhere", "DATA"), "nowhere"),
        (("import-fastai", "nowhere.pkl", "--out", "run"), "cannot be read"),
        (("import-fastai", "DATA/labels.csv", "--out", "run"), "--trust"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    arguments: tuple[str, ...], said: str, skin_data: Path, tmp_path: Path
) -> None:
    given = [each.replace("DATA", str(skin_data)) for each in arguments]
    done = trainer(*given, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) <= 3, "a message, no trace"
    assert list(tmp_path.iterdir()) == []
