"""One training run, from labelled photos to the averaged weights in a folder. Goes on where it was interrupted."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from fastai.torch_core import set_seed
from safetensors.torch import save as safetensors_bytes
from torch import nn

from services.inference.model.preprocess import Framing
from services.trainer import batches, checkpoint
from services.trainer.canvases import Progress, read_canvases
from services.trainer.crops import read_crops
from services.trainer.ema import MovingAverage
from services.trainer.faults import TrainerFault
from services.trainer.history import History
from services.trainer.learner import build_learner
from services.trainer.network import TRAINED, build_network, load_body, shipped_tensors
from services.trainer.photos import Photo
from services.trainer.recipe import RECIPE, Recipe
from services.trainer.split import Split, split_by_lesion

HISTORY = "history.csv"


@dataclass(frozen=True, slots=True, eq=False)
class TrainingRun:
    """Where a run keeps its files, and how it tells how far it is."""

    out: Path
    cache: Path
    progress: Progress
    device: torch.device
    say: Callable[[str], object] = print


def train(photos: list[Photo], recipe: Recipe, run: TrainingRun) -> Path:
    """Train to the end of the recipe, from the last finished epoch if there is one; return the weights' file.

    Raises TrainerFault. Ctrl-C and kill lose the epoch that was under way, nothing else.
    """
    set_seed(recipe.seed, reproducible=False)
    split = split_by_lesion(photos, seed=recipe.seed, fold=recipe.fold, folds=recipe.folds)
    state = _begin(recipe, split.digest, run.out)
    model = build_network(recipe.architecture, recipe.head)
    average = MovingAverage(recipe.ema)
    learn = _learner(model, split, recipe, run, average)
    if state is None:
        load_body(model, recipe.pretrained)
        _fit(learn, recipe)
    else:
        done = checkpoint.restore(learn, average, state)
        run.say(f"going on after epoch {done} of {recipe.epochs}")
        if done < recipe.epochs:
            _fit_on(learn, recipe, done)
    return _write_weights(run.out, average.network())


def _begin(recipe: Recipe, photos: str, out: Path) -> dict[str, Any] | None:
    """Make the folder with the recipe in it; return the state of an earlier run of the same recipe, if any."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        state = checkpoint.read_checkpoint(out, recipe, photos)
        (out / RECIPE).write_text(json.dumps(recipe.as_json(), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise TrainerFault(f"{out}: cannot be written to: {error}") from error
    return state


def find_rate(photos: list[Photo], recipe: Recipe, run: TrainingRun) -> float:
    """Return the learning rate that fastai's `lr_find` suggests (its valley), without keeping what it trained."""
    split = split_by_lesion(photos, seed=recipe.seed, fold=recipe.fold, folds=recipe.folds)
    model = build_network(recipe.architecture, recipe.head)
    load_body(model, recipe.pretrained)
    with TemporaryDirectory() as aside:
        # The search keeps the weights that it starts from in a file, and a history of its own.
        learn = _learner(model, split, recipe, replace(run, out=Path(aside)), MovingAverage(recipe.ema))
        learn.path = Path(aside)
        return float(learn.lr_find(show_plot=False).valley)


def _learner(model: nn.Sequential, split: Split, recipe: Recipe, run: TrainingRun, average: MovingAverage) -> Any:
    canvases = read_canvases(split.training, recipe.canvas, run.cache, run.progress)
    crops = read_crops(split.hold_out, Framing(recipe.resize, recipe.crop), run.progress)
    loaders = batches.data_loaders(
        batches.TrainingBatches(canvases, split.training, recipe, run.device),
        batches.CropBatches(crops, split.hold_out, recipe, run.device),
    )
    saving = [checkpoint.Checkpoints(run.out, recipe, split.digest, average), History(run.out / HISTORY)]
    return build_learner(model.to(run.device), loaders, recipe, average, saving)


def _fit(learn: Any, recipe: Recipe) -> None:
    if recipe.fine_tuned:
        # One epoch of the head alone, then everything, the body more slowly (fastai's way).
        learn.fine_tune(recipe.epochs, recipe.rate)
    else:
        learn.fit_one_cycle(recipe.epochs, recipe.rate, **_cycle())


def _fit_on(learn: Any, recipe: Recipe, done: int) -> None:
    if recipe.fine_tuned:
        rate = recipe.rate / 2
        learn.fit_one_cycle(recipe.epochs, slice(rate / 100, rate), pct_start=0.3, div=5.0, start_epoch=done)
    else:
        learn.fit_one_cycle(recipe.epochs, recipe.rate, start_epoch=done, **_cycle())


def _cycle() -> dict[str, Any]:
    return {"pct_start": 0.1, "div": 10.0, "moms": (0.9, 0.9, 0.9)}


def _write_weights(out: Path, model: nn.Sequential) -> Path:
    path = out / TRAINED
    beside = path.with_suffix(".part")
    try:
        beside.write_bytes(safetensors_bytes(shipped_tensors(model)))
        beside.rename(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise TrainerFault(f"{path}: the weights cannot be written: {error}") from error
    return path
