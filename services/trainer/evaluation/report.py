"""The evaluation from a model folder and photos to `report.json` and `report.html`."""

import json
import math
import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from services.inference.model.engine import LoadedModel, load_model
from services.inference.model.folder import ModelFolder, read_folder
from services.trainer.evaluation.discrimination import discrimination
from services.trainer.evaluation.distribution import distribution, picture_distances
from services.trainer.evaluation.explanations import explanations
from services.trainer.evaluation.intervals import Resamples
from services.trainer.evaluation.options import EvaluationOptions
from services.trainer.evaluation.page import page
from services.trainer.evaluation.phones import answer_phone_photos, read_phone_photos
from services.trainer.evaluation.plots import plots
from services.trainer.evaluation.predictions import Judged, predict_photos
from services.trainer.evaluation.refusals import refusals
from services.trainer.evaluation.reliability import reliability
from services.trainer.faults import BadData, BadModel, BadOption, TrainerFault
from services.trainer.photos import CLASSES, Photo, read_photos
from services.trainer.pixel_limits import measured
from services.trainer.split import VALIDATION as KEPT_APART
from services.trainer.split import split_by_lesion
from shared.errors import ModelInvalid

JSON, HTML = "report.json", "report.html"
_DIGITS = 6
_LIBRARIES = ("torch", "torchvision", "numpy", "pillow", "scikit-learn", "matplotlib")
_PART_NOTES = {
    "hold-out": "The hold-out of seed {seed}, part {fold} of {folds}. It is unseen only by a model that was trained "
    "with the same three numbers on the same photos; temperature and thresholds are usually fitted on it.",
    "validation": "The photos that the list itself keeps apart for validation.",
    "all": "Every photo of the list, those that the model may have been trained on included.",
}


def evaluate(options: EvaluationOptions) -> dict[str, Any]:
    """Evaluate, write both files into `options.out`, whole or not at all, and return the JSON's content.

    Raises BadModel, BadData or BadOption, and TrainerFault if the report cannot be written.
    """
    _check_out(options.out)
    folder, model = _model(options.model)
    photos = _part(options)
    phones = read_phone_photos(options.phone_photos) if options.phone_photos else []
    predictions = predict_photos(model, photos, options.progress)
    resamples = Resamples([photo.lesion for photo in photos], count=options.bootstrap, seed=options.seed)
    judged = Judged(photos, predictions, model.manifest, resamples)
    pictures = picture_distances(model)
    answers = answer_phone_photos(model, phones, options.progress)
    measures = measured(photos, options.progress)
    explained = explanations(model, folder, judged, _masks(options), options)
    content: dict[str, Any] = rounded(
        {
            "schema_version": 1,
            "identification": _identification(model, judged, options),
            "discrimination": discrimination(judged),
            "reliability": reliability(judged),
            "refusals": refusals(model.manifest, measures, answers),
            "distribution": distribution(judged, pictures, answers, bootstrap=options.bootstrap, seed=options.seed),
            "explanations": explained.as_json(judged, options),
            "method": {"bootstrap": options.bootstrap, "seed": options.seed, "explained": options.explained},
        }
    )
    html = page(content, plots(judged, content, explained, answers, pictures))
    _write(options.out, {JSON: json.dumps(content, indent=2, allow_nan=False) + "\n", HTML: html})
    return content


def rounded(value: Any) -> Any:
    """The same with floats of six digits after the point, None for those that are not finite."""
    if isinstance(value, float):
        return round(value, _DIGITS) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [rounded(each) for each in value]
    return value


def _model(path: Path) -> tuple[ModelFolder, LoadedModel]:
    try:
        folder = read_folder(path)
        return folder, load_model(folder)
    except ModelInvalid as error:
        raise BadModel(f"{path}: {error}") from error


def _part(options: EvaluationOptions) -> list[Photo]:
    photos = read_photos(options.data)
    if options.part == "hold-out":
        split = split_by_lesion(photos, seed=options.seed, fold=options.fold, folds=options.folds)
        return list(split.hold_out)
    if options.part == "validation":
        photos = [photo for photo in photos if photo.split == KEPT_APART]
    if not photos:
        raise BadData(f"{options.data}: no photo has split {KEPT_APART!r}")
    return photos


def _masks(options: EvaluationOptions) -> Path | None:
    if options.masks is not None:
        if not options.masks.is_dir():
            raise BadData(f"{options.masks}: no such folder")
        return options.masks
    beside = (options.data if options.data.is_dir() else options.data.parent) / "masks"
    return beside if beside.is_dir() else None


def _identification(model: LoadedModel, judged: Judged, options: EvaluationOptions) -> dict[str, Any]:
    manifest = model.manifest
    counts = {label.value: judged.count(label) for label in CLASSES}
    note = _PART_NOTES[options.part].format(seed=options.seed, fold=options.fold, folds=options.folds)
    return {
        "model": manifest.name,
        "status": manifest.status,
        "version": model.version,
        "weights_sha256": manifest.weights.sha256,
        "backend": model.backend,
        "preprocessing": manifest.preprocessing.id,
        # The folder's name alone: a report is passed on, and nobody's paths are anybody's business.
        "data": options.data.name,
        "part": options.part,
        "part_note": note,
        "photos": len(judged.photos),
        "lesions": judged.lesions,
        "classes": {name: {"photos": photos, "lesions": lesions} for name, (photos, lesions) in counts.items()},
        "date": datetime.now(UTC).date().isoformat(),
        "libraries": {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        "notice": manifest.wording.notice,
    }


def _check_out(out: Path) -> None:
    """An earlier report may be replaced, anything else may not."""
    if out.exists() and (not out.is_dir() or {path.name for path in out.iterdir()} - {JSON, HTML}):
        raise BadOption(f"{out}: exists and holds other things than a report")


def _write(out: Path, files: Mapping[str, str]) -> None:
    beside = out.with_name(f".{out.name}.{os.getpid()}.part")
    before = out.with_name(f".{out.name}.{os.getpid()}.before")
    try:
        beside.mkdir(parents=True)
        for name, text in files.items():
            (beside / name).write_text(text, encoding="utf-8")
        if out.exists():
            out.rename(before)
        beside.rename(out)
    except OSError as error:
        raise TrainerFault(f"{out}: the report cannot be written: {error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if before.exists() and not out.exists():
            before.rename(out)
        shutil.rmtree(before, ignore_errors=True)
