"""Real training runs of the smallest network: they learn, and they can be stopped, resumed and starved."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch
from fastai.callback.core import Callback
from PIL import Image
from safetensors.torch import load_file

from services.inference.model.development import write_development_model
from services.inference.model.preprocess import Framing
from services.trainer import checkpoint, metrics, training
from services.trainer.batches import Normalizer
from services.trainer.canvases import quiet, read_canvases
from services.trainer.crops import read_crops
from services.trainer.ema import MovingAverage
from services.trainer.faults import BadData, BadModel, TrainerFault
from services.trainer.network import TRAINED, build_network, load_body, load_head
from services.trainer.photos import Photo, read_photos
from services.trainer.recipe import RECIPE as RECIPE_FILE
from services.trainer.recipe import Recipe, Stage
from services.trainer.split import split_by_lesion
from services.trainer.training import TrainingRun, find_rate, train
from shared.contracts.enums import LesionClass

ROOT: Final = Path(__file__).parents[2]
RECIPE: Final = Recipe(
    architecture="tiny-conv",
    stages=(Stage(1, 32), Stage(2, 48)),
    canvas=56,
    resize=52,
    crop=48,
    batch=8,
    rate=0.05,
    ema=0.9,
    judge_every=2,
    folds=5,
)
STEPS: Final = 16  # batches of 8 of the photos in training, the last short one left out
CHANCE: Final = 1 / 7


@pytest.fixture(scope="session")
def photos(skin_data: Path) -> list[Photo]:
    return read_photos(skin_data)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def run_in(out: Path, cache: Path, said: list[str] | None = None) -> TrainingRun:
    return TrainingRun(out, cache, quiet, torch.device("cpu"), (said if said is not None else []).append)


def judged(weights: Path, recipe: Recipe, photos: Sequence[Photo]) -> float:
    """Balanced accuracy on the hold-out of what lies in the file, without anything that trained it."""
    held = split_by_lesion(photos, seed=recipe.seed, fold=recipe.fold, folds=recipe.folds).hold_out
    model = build_network(recipe.architecture, recipe.head).eval()
    load_body(model, str(weights))
    assert load_head(model[1], load_file(weights))
    crops = torch.from_numpy(read_crops(held, Framing(recipe.resize, recipe.crop), quiet))
    with torch.inference_mode():
        logits = model(Normalizer(recipe)(crops.permute(0, 3, 1, 2).float() / 255)).double().numpy()
    return metrics.balanced_accuracy(metrics.softmax(logits), np.array([photo.target for photo in held]))


def saved(out: Path) -> dict[str, Any]:
    state: dict[str, Any] = torch.load(out / checkpoint.NAME, weights_only=True)
    return state


@pytest.mark.parametrize(
    "recipe",
    [RECIPE, replace(RECIPE, head="concat-pool-mlp", precision="fp32", mixup=0.2)],
    ids=["pool-linear, bf16", "concat-pool-mlp, fp32, mixup"],
)
def test_it_learns_what_can_be_learned(recipe: Recipe, photos: list[Photo], cache: Path, tmp_path: Path) -> None:
    weights = train(photos, recipe, run_in(tmp_path / "out", cache))
    assert weights == tmp_path / "out" / TRAINED
    assert judged(weights, recipe, photos) > 3 * CHANCE
    assert json.loads((tmp_path / "out" / RECIPE_FILE).read_text())["head"] == recipe.head
    history = (tmp_path / "out" / training.HISTORY).read_text().splitlines()
    assert history[0].startswith("epoch,train_loss,valid_loss,balanced,accuracy,auroc")
    assert [line.split(",")[0] for line in history[1:]] == ["0", "1", "2"]
    assert saved(tmp_path / "out")["average"]["steps"] == 3 * STEPS
    assert not list(tmp_path.rglob("*.part"))


def test_a_finished_run_is_not_trained_again_and_keeps_its_recipe(
    photos: list[Photo], cache: Path, tmp_path: Path
) -> None:
    recipe, said = replace(RECIPE, stages=(Stage(1, 32),)), list[str]()
    content = train(photos, recipe, run_in(tmp_path, cache)).read_bytes()
    assert train(photos, recipe, run_in(tmp_path, cache, said)).read_bytes() == content
    assert said == ["going on after epoch 1 of 1"]
    with pytest.raises(BadModel, match=r"checkpoint\.pt was trained on other photos: name another --out"):
        train(photos[:-1], recipe, run_in(tmp_path, cache))
    with pytest.raises(BadModel, match=r"checkpoint\.pt belongs to another recipe: name another --out"):
        train(photos, replace(recipe, rate=0.02), run_in(tmp_path, cache))
    assert json.loads((tmp_path / RECIPE_FILE).read_text())["rate"] == recipe.rate


def test_a_model_folder_is_gone_on_from(photos: list[Photo], cache: Path, tmp_path: Path) -> None:
    write_development_model(tmp_path / "start", seed=2)
    recipe = replace(RECIPE, pretrained=str(tmp_path / "start"), stages=(Stage(2, 32),))
    weights = train(photos, recipe, run_in(tmp_path / "out", cache))
    # One epoch of the head alone, which is not kept, comes before the two.
    assert saved(tmp_path / "out")["epochs"] == 2
    assert saved(tmp_path / "out")["average"]["steps"] == 3 * STEPS
    start = load_file(tmp_path / "start" / "model.safetensors")
    trained = load_file(weights)
    moved = (trained["conv1.weight"] - start["conv1.weight"]).norm() / start["conv1.weight"].norm()
    assert 0 < moved < 0.2


def test_a_killed_run_goes_on_where_it_was(skin_data: Path, photos: list[Photo], cache: Path, tmp_path: Path) -> None:
    recipe, said = replace(RECIPE, stages=(Stage(6, 32),), judge_every=Recipe().judge_every), list[str]()
    read_canvases(split_by_lesion(photos, seed=0, folds=5).training, recipe.canvas, cache, quiet)
    process = started(skin_data, recipe, tmp_path, cache)
    try:
        wait_for(tmp_path / "out" / checkpoint.NAME, process)
    finally:
        process.kill()
        process.communicate()
    done = saved(tmp_path / "out")["epochs"]
    assert 1 <= done < recipe.epochs
    assert not (tmp_path / "out" / TRAINED).exists()
    weights = train(photos, recipe, run_in(tmp_path / "out", cache, said))
    assert said == [f"going on after epoch {done} of 6"]
    state = saved(tmp_path / "out")
    # Each epoch was trained once: none twice, none left out.
    assert (state["epochs"], state["average"]["steps"]) == (6, 6 * STEPS)
    history = (tmp_path / "out" / training.HISTORY).read_text().splitlines()
    assert [line.split(",")[0] for line in history] == ["epoch", *map(str, range(6))]
    assert judged(weights, recipe, photos) > 2 * CHANCE


class Watching(Callback):  # type: ignore[misc]  # fastai has no types
    """Notes after each epoch which one the checkpoint says is done, and the size of view."""

    order = 99

    def __init__(self, out: Path) -> None:
        self._out, self.seen = out, list[tuple[int, int]]()

    def after_epoch(self) -> None:
        self.seen.append((saved(self._out)["epochs"], self.learn.dls.train.size))


def test_epochs_that_are_passed_over_leave_the_checkpoint_alone(
    photos: list[Photo], cache: Path, tmp_path: Path
) -> None:
    recipe = replace(RECIPE, stages=(Stage(2, 32), Stage(2, 48)))
    split = split_by_lesion(photos, seed=0, folds=5)
    watching = [Watching(tmp_path), Watching(tmp_path)]
    for watch in watching:
        average = MovingAverage(recipe.ema)
        learn = training._learner(
            build_network("tiny-conv", "pool-linear"), split, recipe, run_in(tmp_path, cache), average
        )
        learn.add_cb(watch)
        state = checkpoint.read_checkpoint(tmp_path, recipe, split.digest)
        if state is None:
            training._fit(learn, recipe)
            torch.save(saved(tmp_path) | {"epochs": 2}, tmp_path / checkpoint.NAME)
        else:
            training._fit_on(learn, recipe, checkpoint.restore(learn, average, state))
    assert watching[0].seen == [(1, 32), (2, 32), (3, 48), (4, 48)]
    assert watching[1].seen == [(2, 32), (2, 32), (3, 48), (4, 48)]


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R."])
def test_what_is_no_checkpoint_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / checkpoint.NAME).write_bytes(content)
    with pytest.raises(BadModel, match=r"checkpoint\.pt: cannot be read"):
        checkpoint.read_checkpoint(tmp_path, RECIPE, "photos")


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that takes no file beyond this many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_said_and_leaves_nothing_half_written(photos: list[Photo], cache: Path, tmp_path: Path) -> None:
    """The decoded photos do not fit; then, with those there already, the checkpoint; then the weights."""
    recipe = replace(RECIPE, stages=(Stage(1, 32),))
    with files_of_at_most(100_000), pytest.raises(BadData, match=r"decoded photos cannot be kept: .*File too large"):
        train(photos, recipe, run_in(tmp_path / "out", tmp_path / "cache"))
    assert list((tmp_path / "cache").iterdir()) == []
    read_canvases(split_by_lesion(photos, seed=0, folds=5).training, RECIPE.canvas, cache, quiet)
    with files_of_at_most(100_000), pytest.raises(TrainerFault, match="the checkpoint cannot be written"):
        train(photos, recipe, run_in(tmp_path / "out", cache))
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == [training.HISTORY, RECIPE_FILE]
    train(photos, recipe, run_in(tmp_path / "out", cache))
    (tmp_path / "out" / TRAINED).unlink()
    with files_of_at_most(100_000), pytest.raises(TrainerFault, match="the weights cannot be written"):
        train(photos, recipe, run_in(tmp_path / "out", cache))
    assert not [each for each in (tmp_path / "out").iterdir() if each.suffix in (".part", ".safetensors")]


def test_a_broken_photo_is_named_and_leaves_no_canvases(photos: list[Photo], tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    broken = Photo(tmp_path / "broken.png", LesionClass.NV, "broken")
    with pytest.raises(BadData, match=r"broken\.png: cannot be read as a photo"):
        read_canvases([*photos[:3], broken], 56, tmp_path / "cache", quiet)
    assert list((tmp_path / "cache").iterdir()) == []


def test_canvases_are_read_once_and_again_when_a_photo_changes(photos: list[Photo], tmp_path: Path) -> None:
    chosen = photos[:2]
    first = read_canvases(chosen, 56, tmp_path, quiet)
    assert first.shape == (2, 56, 75, 3)
    assert first.dtype == np.uint8
    [kept] = tmp_path.iterdir()
    written = kept.stat().st_mtime_ns
    assert np.array_equal(read_canvases(chosen, 56, tmp_path, quiet), first)
    assert kept.stat().st_mtime_ns == written
    Image.new("RGB", (64, 48), (1, 2, 3)).save(tmp_path / chosen[0].path.name)
    changed = [replace(chosen[0], path=tmp_path / chosen[0].path.name), chosen[1]]
    assert read_canvases(changed, 56, tmp_path, quiet)[0, 0, 0].tolist() == [1, 2, 3]


def test_a_rate_is_found_and_nothing_is_kept(photos: list[Photo], cache: Path, tmp_path: Path) -> None:
    assert 1e-7 < find_rate(photos, RECIPE, run_in(tmp_path / "out", cache)) < 10
    assert not list(tmp_path.rglob("*.pt*"))


def started(data: Path, recipe: Recipe, folder: Path, cache: Path) -> subprocess.Popen[str]:
    """The command, with the options that make this recipe."""
    options = {
        "out": folder / "out",
        "cache": cache,
        "stages": f"{recipe.stages[0].epochs}x{recipe.stages[0].size}",
        "architecture": recipe.architecture,
        "threads": 1,
        "device": "cpu",
    } | {name: getattr(recipe, name) for name in ("canvas", "resize", "crop", "batch", "rate", "ema", "folds")}
    given = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    return subprocess.Popen(
        [sys.executable, "-m", "services.trainer", "train", str(data), *given, "--no-export"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path: Path, process: subprocess.Popen[str], limit_s: float = 90) -> None:
    deadline = time.monotonic() + limit_s
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, f"no {path.name} after {limit_s} s"
        time.sleep(0.01)
