"""The engine's answers to many photos as arrays, and those answers beside the truth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.inference.model.engine import LoadedModel, Prediction
from services.trainer.canvases import Pixels, Progress, quiet
from services.trainer.crops import read_crops
from services.trainer.evaluation.intervals import Resamples
from services.trainer.evaluation.ranking import Truth
from services.trainer.metrics import Floats, Ints
from services.trainer.photos import CLASSES, Photo
from shared.contracts.enums import LesionClass
from shared.contracts.manifest import ModelManifest

BATCH = 16

Maps = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Of n crops: `logits` raw and `probabilities` at the manifest's temperature [n, classes], `malignancy` [n].

    `maps`: signed evidence in logits [n, classes, h, w]. `distances` [n], or None if the model measures none.
    """

    logits: Floats
    probabilities: Floats
    malignancy: Floats
    maps: Maps
    distances: Floats | None

    @property
    def labels(self) -> Ints:
        """The position of the first class, [n]."""
        return np.asarray(self.logits.argmax(axis=1), dtype=np.int64)

    @classmethod
    def collect(cls, answers: Sequence[Prediction]) -> "Predictions":
        """Stack at least one answer of one model."""
        distances = [answer.distance for answer in answers]
        known = [distance for distance in distances if distance is not None]
        return cls(
            np.array([answer.logits for answer in answers]),
            np.array([[answer.classification.probabilities[label] for label in CLASSES] for answer in answers]),
            np.array([answer.classification.malignancy for answer in answers]),
            np.stack([_stacked(answer) for answer in answers]),
            np.array(known) if len(known) == len(distances) else None,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Predictions of photos whose class is known. Resamples draw lesions."""

    photos: Sequence[Photo]
    predictions: Predictions
    manifest: ModelManifest
    resamples: Resamples

    @property
    def targets(self) -> Ints:
        return np.array([photo.target for photo in self.photos], dtype=np.int64)

    @property
    def malignant(self) -> Truth:
        """Whether the photo's class is one that the manifest counts as malignant, [n]."""
        return np.array([photo.label in self.manifest.malignant_labels for photo in self.photos])

    @property
    def lesions(self) -> int:
        return len({photo.lesion for photo in self.photos})

    def count(self, label: LesionClass) -> tuple[int, int]:
        """How many photos and how many lesions of a class there are."""
        lesions = [photo.lesion for photo in self.photos if photo.label == label]
        return len(lesions), len(set(lesions))


def predict_photos(model: LoadedModel, photos: Sequence[Photo], progress: Progress) -> Predictions:
    """Read, cut and predict in batches. Raises BadData for a photo that cannot be read."""
    batches = [photos[start : start + BATCH] for start in range(0, len(photos), BATCH)]
    answers: list[Prediction] = []
    for batch in progress(batches, len(batches)):
        answers += model.predict([crop.tobytes() for crop in read_crops(batch, model.framing, quiet)])
    return Predictions.collect(answers)


def predict_crops(model: LoadedModel, crops: Iterable[Pixels]) -> list[Prediction]:
    """Predict crops, each uint8 [size, size, 3], in batches."""
    contents = [crop.tobytes() for crop in crops]
    answers: list[Prediction] = []
    for start in range(0, len(contents), BATCH):
        answers += model.predict(contents[start : start + BATCH])
    return answers


def _stacked(answer: Prediction) -> Maps:
    return np.array([item.values for item in answer.maps], dtype=np.float32).reshape(
        len(answer.maps), answer.maps[0].height, answer.maps[0].width
    )
