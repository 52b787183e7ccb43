"""From a finished run to a model folder: rounded, calibrated as it will be shipped, checked, described."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as safetensors_bytes
from torch import Tensor

from services.inference.model.engine import LoadedModel, load_model
from services.inference.model.folder import CARD, MANIFEST, ModelFolder
from services.inference.model.preprocess import Framing
from services.inference.model.weights import read_tensors
from services.trainer import calibration
from services.trainer.backend_check import checked, compare
from services.trainer.canvases import Progress, quiet
from services.trainer.crops import read_crops
from services.trainer.description import describe, with_metrics
from services.trainer.export_options import ExportOptions
from services.trainer.faults import BadModel, TrainerFault
from services.trainer.figures import measure
from services.trainer.fitting import class_shares, fit
from services.trainer.model_card import model_card
from services.trainer.network import TRAINED, with_offsets
from services.trainer.observations import Observer
from services.trainer.part import hold_out_sentence
from services.trainer.photos import Photo
from services.trainer.recipe import RECIPE, Recipe, read_recipe
from services.trainer.reference import measure_reference, with_reference
from services.trainer.rounding import rounded
from services.trainer.split import VALIDATION, Split, split_by_lesion
from shared.contracts.manifest import ModelManifest, readable_json
from shared.errors import ModelInvalid

SHIPPED = "model.safetensors"
_AGREES_WITHIN = 1e-3
_COMPARED = 16


def export(wanted: ExportOptions, photos: Sequence[Photo], progress: Progress = quiet) -> ModelManifest:
    """Write the model folder, whole or not at all, and return its manifest.

    Raises BadModel for a run that is not finished or tensors that do not fit, BadData, and TrainerFault if the folder
    exists or what was written does not answer like the weights in memory.
    """
    if wanted.out.exists():
        raise TrainerFault(f"{wanted.out} exists: name another folder, or remove it")
    recipe = read_recipe(wanted.run / RECIPE)
    split = split_by_lesion(photos, seed=recipe.seed, fold=recipe.fold, folds=recipe.folds)
    framing = wanted.framing or Framing(recipe.resize, recipe.crop)
    offsets = calibration.prior_correction(
        class_shares(split.training), recipe.balance if wanted.correct_prior else 0.0
    )
    stored = rounded(with_offsets(_trained(wanted.run), offsets), wanted.precision)
    observer = Observer(_as_read(stored), recipe, framing)
    fitted = fit(observer, split, recipe, progress)
    content = safetensors_bytes({**stored, **fitted.statistics})
    manifest = describe(wanted, recipe, framing, split, fitted, hashlib.sha256(content).hexdigest())
    model = _loaded(ModelFolder(manifest, content))
    _check(model, observer, split)
    manifest = with_metrics(manifest, measure(model, _datasets(wanted, recipe, split, photos), progress))
    reference = measure_reference(model, split.hold_out, hold_out_sentence(recipe.fold, recipe.folds), progress)
    manifest = with_reference(manifest, reference)
    manifest = checked(manifest, compare(ModelFolder(manifest, content), split.hold_out, progress))
    _write(wanted.out, manifest, content)
    return manifest


def _datasets(
    wanted: ExportOptions, recipe: Recipe, split: Split, photos: Sequence[Photo]
) -> dict[str, Sequence[Photo]]:
    of = ", ".join(source.name for source in wanted.about.training_data)
    return {
        f"{of}, hold-out by lesion (part {recipe.fold} of {recipe.folds}); thresholds fitted on it": split.hold_out,
        f"{of}, the list's own validation part; nothing fitted on it": [p for p in photos if p.split == VALIDATION],
    }


def _trained(run: Path) -> dict[str, Tensor]:
    try:
        return load_file(run / TRAINED)
    except (OSError, SafetensorError) as error:
        raise BadModel(f"{run / TRAINED}: no finished run: {error}") from error


def _as_read(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """The values that the service will work with, so that everything is fitted to them."""
    content = safetensors_bytes(stored)
    return read_tensors(content, hashlib.sha256(content).hexdigest())


def _loaded(folder: ModelFolder) -> LoadedModel:
    try:
        return load_model(folder)
    except ModelInvalid as error:
        raise TrainerFault(f"the engine refuses the exported model: {error.detail}") from error


def _check(model: LoadedModel, observer: Observer, split: Split) -> None:
    """The engine answers as the network did that was calibrated."""
    some = split.hold_out[:_COMPARED]
    predictions = model.predict([crop.tobytes() for crop in read_crops(some, model.framing, quiet)])
    said, wanted = np.array([each.logits for each in predictions]), observer.observe(some, quiet).logits
    difference = float(np.abs(said - wanted).max())
    if difference > _AGREES_WITHIN:
        raise TrainerFault(f"the exported model's logits differ by {difference:.2g} from the trained network's")


def _write(out: Path, manifest: ModelManifest, content: bytes) -> None:
    beside = out.with_name(f".{out.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir(parents=True)
        (beside / SHIPPED).write_bytes(content)
        (beside / MANIFEST).write_text(readable_json(manifest), encoding="utf-8")
        (beside / CARD).write_text(model_card(manifest), encoding="utf-8")
        beside.rename(out)
    except OSError as error:
        raise TrainerFault(f"{out}: cannot be written: {error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
