"""`train`: from photos to a calibrated model folder."""

import argparse
import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from services.inference.model.torchvision_import import torchvision_models
from services.trainer.allocator import keep_freed_memory
from services.trainer.commands import export
from services.trainer.export import export as make_model
from services.trainer.faults import BadOption
from services.trainer.photos import read_photos
from services.trainer.progress_bar import shown
from services.trainer.recipe import RECIPE, Recipe, Stage, read_recipe

_PLAIN = (
    *("architecture", "head", "pretrained", "schedule", "batch", "mixup", "smoothing", "balance", "ema"),
    *("canvas", "resize", "crop", "seed", "fold", "folds", "precision"),
)
FIND = "find"


def run(options: argparse.Namespace) -> None:
    """Train, say where the run lies, export unless told not to."""
    keep_freed_memory()
    if options.threads:
        torch.set_num_threads(options.threads)
    torchvision_models()  # before fastai imports torchvision by itself
    training = importlib.import_module("services.trainer.training")
    recipe, model = recipe_of(options), options.out / "model"
    wanted = export.wanted_of(options.out, model, options)
    photos = read_photos(options.data)
    where = training.TrainingRun(options.out, options.cache, shown("decoding photos"), _device(options.device))
    if options.rate == FIND:
        recipe = replace(recipe, rate=_found_before(options.out) or training.find_rate(photos, recipe, where))
        print(f"learning rate by lr_find: {recipe.rate:.2g}")
    print(f"weights: {training.train(photos, recipe, where)}")
    if not options.no_export:
        export.say(make_model(wanted, photos, shown(export.LOOKING)), model, options)


def recipe_of(options: argparse.Namespace) -> Recipe:
    """The default recipe with whatever was given. Raises BadOption."""
    given: dict[str, Any] = {name: value for name in _PLAIN if (value := getattr(options, name)) is not None}
    if options.stages:
        given["stages"] = tuple(Stage.parse(text) for text in options.stages)
    if options.rate not in (None, FIND):
        given["rate"] = _number(options.rate)
    recipe = replace(Recipe(), **given)
    if recipe.crop > recipe.resize:
        raise BadOption(f"--crop {recipe.crop} is larger than --resize {recipe.resize}")
    return recipe


def _found_before(out: Path) -> float | None:
    """The rate of an interrupted run: looking again would find a slightly different one, and it could not go on."""
    return read_recipe(out / RECIPE).rate if (out / RECIPE).exists() else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadOption(f"--rate {text!r}: a number, or {FIND}") from None


def _device(named: str) -> torch.device:
    if named == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.device(named)
    except RuntimeError as error:
        raise BadOption(f"--device {named}: {error}") from error
