"""Training and hold-out, divided by lesion: two photos of one lesion are never on two sides."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from services.trainer.faults import BadData
from services.trainer.photos import CLASSES, Photo

FOLDS = 10
TRAIN, VALIDATION = "train", "val"


@dataclass(frozen=True, slots=True)
class Split:
    """Disjoint by lesion. Calibration and selection use the hold-out; a list's own validation part stays apart."""

    training: tuple[Photo, ...]
    hold_out: tuple[Photo, ...]

    def __post_init__(self) -> None:
        """Raise BadData naming a lesion that lies on both sides."""
        both = {photo.lesion for photo in self.training} & {photo.lesion for photo in self.hold_out}
        if both:
            raise BadData(f"lesion {min(both)} is in training and in the hold-out")

    @property
    def digest(self) -> str:
        """Names what is trained on: another photo, label or lesion gives another digest."""
        told = [f"{photo.path.name}:{photo.label}:{photo.lesion}" for photo in self.training]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


def split_by_lesion(photos: Sequence[Photo], *, seed: int, fold: int = 0, folds: int = FOLDS) -> Split:
    """Hold out one of `folds` parts, with the classes' shares kept as well as lesions allow.

    The same photos and seed give the same split, in whatever order they are listed. Photos that the list keeps apart
    (`split` is neither empty nor `train`) are in neither part. Raises BadData for fewer lesions of a class than folds.
    """
    chosen = (photo for photo in photos if photo.split in ("", TRAIN))
    # Folders may hold photos of the same name: lesion and path decide between them.
    ours = sorted(chosen, key=lambda photo: (photo.path.name, photo.lesion, photo.path.as_posix()))
    if not ours:
        raise BadData("no photos to train on: every one is kept apart by its split column")
    if not 0 <= fold < folds:
        raise BadData(f"fold {fold} of {folds}: folds count from 0")
    counts = Counter({photo.lesion: photo.label for photo in ours}.values())
    rare = [f"{label} ({counts[label]})" for label in CLASSES if counts[label] < folds]
    if rare:
        raise BadData(f"fewer than {folds} lesions of {', '.join(rare)}: the hold-out would lack the class")
    targets, groups = np.array([photo.target for photo in ours]), np.array([photo.lesion for photo in ours])
    parts = list(StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(targets, targets, groups))
    rest, held = parts[fold]
    return Split(tuple(ours[i] for i in rest), tuple(ours[i] for i in held))
