"""Photos taken with a phone, without a dermatoscope, and what the service would answer to each."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from services.inference.model.classifier import decide, is_no_lesion
from services.inference.model.engine import LoadedModel
from services.inference.model.measures import measure
from services.inference.model.preprocess import cut, place
from services.inference.model.quality import assess
from services.trainer.canvases import Progress, open_upright
from services.trainer.evaluation.predictions import BATCH
from services.trainer.faults import BadData
from shared.contracts.enums import Modality
from shared.contracts.manifest import ReasonCode
from shared.imaging.display import fit
from shared.imaging.geometry import Size

COLUMNS = ("file", "patient_id", "diagnostic", "fitzpatrick")
SKIN_TYPES = ("I", "II", "III", "IV", "V", "VI")
UNKNOWN = "unknown"

Outcome = Literal["refused", "review", "refer", "no_refer"]


@dataclass(frozen=True, slots=True)
class PhonePhoto:
    """`skin`: Fitzpatrick type I to VI, or `unknown`."""

    path: Path
    patient: str
    diagnosis: str
    skin: str


@dataclass(frozen=True, slots=True)
class PhoneAnswer:
    """`pixels`: why it was refused before the network, if it was. `distance`: None then, or if none is measured.

    The outcome is that for a photo sent as what it is, `clinical`, and for one sent as `dermoscopy` by mistake.
    """

    photo: PhonePhoto
    pixels: tuple[ReasonCode, ...]
    distance: float | None
    clinical: Outcome
    dermoscopy: Outcome


def read_phone_photos(folder: Path) -> list[PhonePhoto]:
    """Read `labels.csv`. Raises BadData."""
    path = folder / "labels.csv"
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise BadData(f"{path}: no column {', '.join(missing)}")
            photos = [_row(path, number, row) for number, row in enumerate(rows, start=2)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadData(f"{path}: cannot be read as CSV: {error}") from error
    if not photos:
        raise BadData(f"{path}: no photos")
    return photos


def answer_phone_photos(model: LoadedModel, photos: Sequence[PhonePhoto], progress: Progress) -> list[PhoneAnswer]:
    """Go the way of the service: pixels, then the network, then the distance, then the band. Raises BadData."""
    answers: list[PhoneAnswer] = []
    batches = [photos[start : start + BATCH] for start in range(0, len(photos), BATCH)]
    for batch in progress(batches, len(batches)):
        answers += _answer(model, batch)
    return answers


def by_skin(answers: Sequence[PhoneAnswer]) -> dict[str, list[PhoneAnswer]]:
    """Groups by Fitzpatrick type, in order and empty ones too, then `unknown` and `all`."""
    groups = {skin: [each for each in answers if each.photo.skin == skin] for skin in (*SKIN_TYPES, UNKNOWN)}
    return {**groups, "all": list(answers)}


def _row(path: Path, number: int, row: dict[str, str]) -> PhonePhoto:
    where = f"{path}, row {number}"
    photo = PhonePhoto(
        path.parent / (row["file"] or ""), row["patient_id"] or "", row["diagnostic"] or "", _skin(row, where)
    )
    if not photo.patient or not photo.path.is_file():
        raise BadData(f"{where}: no patient_id, or no photo {photo.path.name!r}")
    return photo


def _skin(row: dict[str, str], where: str) -> str:
    text = row["fitzpatrick"] or ""
    if not text:
        return UNKNOWN
    try:
        return SKIN_TYPES[range(1, len(SKIN_TYPES) + 1).index(int(float(text)))]
    except (ValueError, OverflowError):
        raise BadData(f"{where}: fitzpatrick {text!r} is none of 1 to 6") from None


def _answer(model: LoadedModel, photos: Sequence[PhonePhoto]) -> list[PhoneAnswer]:
    pictures = [open_upright(photo.path) for photo in photos]
    sizes = [Size(picture.width, picture.height) for picture in pictures]
    measures = [measure(fit(picture, size), size) for picture, size in zip(pictures, sizes, strict=True)]
    reports = [assess(each, model.manifest) for each in measures]
    good = [index for index, report in enumerate(reports) if report.accepted]
    crops = [cut(pictures[index], place(sizes[index], model.framing)) for index in good]
    predicted = dict(zip(good, model.predict(crops), strict=True))
    answers = []
    for index, photo in enumerate(photos):
        prediction = predicted.get(index)
        if prediction is None:
            answers.append(PhoneAnswer(photo, reports[index].reasons, None, "refused", "refused"))
            continue
        malignancy, distance = prediction.classification.malignancy, prediction.distance
        outcomes = (
            _outcome(model, malignancy, distance, Modality.CLINICAL),
            _outcome(model, malignancy, distance, Modality.DERMOSCOPY),
        )
        answers.append(PhoneAnswer(photo, (), distance, *outcomes))
    return answers


def _outcome(model: LoadedModel, malignancy: float, distance: float | None, modality: Modality) -> Outcome:
    if is_no_lesion(distance, model.manifest):
        return "refused"
    return decide(malignancy, modality, model.manifest, distance=distance).decision.value
