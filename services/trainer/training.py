"""One training run, from labelled photos to the averaged weights in a folder. Goes on where it was interrupted."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from fastai.callback.progress import CSVLogger
from fastai.torch_core import set_seed
from safetensors.torch import save as safetensors_bytes
from torch import nn

from services.inference.model.preprocess import Framing
from services.trainer import batches, checkpoint
from services.trainer.canvases import Progress, read_canvases
from services.trainer.ema import MovingAverage
from services.trainer.learner import build_learner
from services.trainer.network import build_network, load_body, shipped_tensors
from services.trainer.photos import Photo
from services.trainer.recipe import Recipe
from services.trainer.split import Split, split_by_lesion

WEIGHTS, RECIPE, HISTORY = "trained.safetensors", "recipe.json", "history.csv"


@dataclass(frozen=True, slots=True, eq=False)
class TrainingRun:
    """Where a run keeps its files, and how it tells how far it is."""

    out: Path
    cache: Path
    progress: Progress
    device: torch.device


def train(photos: list[Photo], recipe: Recipe, run: TrainingRun) -> Path:
    """Train to the end of the recipe, from the last finished epoch if there is one; return the weights' file.

    Raises TrainerFault. Ctrl-C and kill lose the epoch that was under way, nothing else.
    """
    set_seed(recipe.seed, reproducible=False)
    split = split_by_lesion(photos, seed=recipe.seed, fold=recipe.fold, folds=recipe.folds)
    run.out.mkdir(parents=True, exist_ok=True)
    state = checkpoint.read_checkpoint(run.out, recipe)
    (run.out / RECIPE).write_text(json.dumps(recipe.as_json(), indent=2) + "\n", encoding="utf-8")
    model = build_network(recipe.architecture, recipe.head)
    average = MovingAverage(recipe.ema)
    learn = _learner(model, split, recipe, run, average)
    if state is None:
        load_body(model, recipe.pretrained)
        _fit(learn, recipe)
    else:
        done = checkpoint.restore(learn, average, state)
        print(f"going on after epoch {done} of {recipe.epochs}")
        if done < recipe.epochs:
            _fit_on(learn, recipe, done)
    assert average.average is not None
    return _write_weights(run.out, average.average.module)


def find_rate(photos: list[Photo], recipe: Recipe, run: TrainingRun) -> float:
    """Return the learning rate that fastai's `lr_find` suggests (its valley), without keeping what it trained."""
    split = split_by_lesion(photos, seed=recipe.seed, fold=recipe.fold, folds=recipe.folds)
    model = build_network(recipe.architecture, recipe.head)
    load_body(model, recipe.pretrained)
    learn = _learner(model, split, recipe, run, MovingAverage(recipe.ema))
    return float(learn.lr_find(show_plot=False).valley)


def _learner(model: nn.Sequential, split: Split, recipe: Recipe, run: TrainingRun, average: MovingAverage) -> Any:
    canvases = read_canvases(split.training, recipe.canvas, run.cache, run.progress)
    crops = batches.read_crops(split.hold_out, Framing(recipe.resize, recipe.crop), run.progress)
    loaders = batches.data_loaders(
        batches.TrainingBatches(canvases, split.training, recipe, run.device),
        batches.CropBatches(crops, split.hold_out, recipe, run.device),
    )
    saving = [checkpoint.Checkpoints(run.out, recipe, average), CSVLogger(run.out / HISTORY, append=True)]
    return build_learner(model.to(run.device), loaders, recipe, average, saving)


def _fit(learn: Any, recipe: Recipe) -> None:
    if recipe.pretrained == "none":
        learn.fit_one_cycle(recipe.epochs, recipe.rate, **_cycle())
    else:
        # One epoch of the head alone, then everything, the body more slowly (fastai's way).
        learn.fine_tune(recipe.epochs, recipe.rate)


def _fit_on(learn: Any, recipe: Recipe, done: int) -> None:
    if recipe.pretrained == "none":
        learn.fit_one_cycle(recipe.epochs, recipe.rate, start_epoch=done, **_cycle())
    else:
        rate = recipe.rate / 2
        learn.fit_one_cycle(recipe.epochs, slice(rate / 100, rate), pct_start=0.3, div=5.0, start_epoch=done)


def _cycle() -> dict[str, Any]:
    return {"pct_start": 0.1, "div": 10.0, "moms": (0.9, 0.9, 0.9)}


def _write_weights(out: Path, model: nn.Module) -> Path:
    assert isinstance(model, nn.Sequential)
    path = out / WEIGHTS
    beside = path.with_suffix(".part")
    beside.write_bytes(safetensors_bytes(shipped_tensors(model)))
    beside.rename(path)
    return path
