"""Which backends decide like the reference, photo by photo: what a manifest's `backends` rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from services.inference.model.backends.choice import REFERENCE, available
from services.inference.model.engine import load_model
from services.inference.model.folder import CARD, MANIFEST, ModelFolder
from services.trainer.canvases import Progress
from services.trainer.evaluation.predictions import Predictions, predict_photos
from services.trainer.faults import TrainerFault
from services.trainer.model_card import model_card
from services.trainer.photos import Photo
from shared.contracts.enums import BackendName
from shared.contracts.manifest import ModelManifest, readable_json

MARGIN = 0.1
"""Logits between first and second class; where there are more, another precision must not change the class."""
ENOUGH = 0.99
"""Share of all photos, those within the margin included, whose class must be the same."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A backend beside the reference. `clear`: photos whose margin is above `MARGIN`. Differences are in logits."""

    backend: BackendName
    photos: int
    same_class: int
    clear: int
    same_class_where_clear: int
    same_band: int
    largest_difference: float

    @property
    def passes(self) -> bool:
        return self.same_class_where_clear == self.clear and self.same_class >= ENOUGH * self.photos


def compare(
    folder: ModelFolder, photos: Sequence[Photo], progress: Progress, *, reference: Predictions | None = None
) -> list[Agreement]:
    """Compare every backend that this machine can run; the reference agrees with itself. Raises BadData."""
    wanted = reference or predict_photos(load_model(folder), photos, progress)
    found = []
    for name in available():
        got = wanted if name == REFERENCE else predict_photos(load_model(folder, backend=name), photos, progress)
        found.append(_agreement(name, got, wanted, folder.manifest))
    return found


def checked(manifest: ModelManifest, agreements: Sequence[Agreement]) -> ModelManifest:
    """The manifest with the backends that passed here, and those that it names of other machines."""
    here = {each.backend for each in agreements}
    names = {each.backend for each in agreements if each.passes} | {
        BackendName(name) for name in manifest.backends if name in set(BackendName) - here
    }
    ordered = tuple(str(name) for name in BackendName if name in names)
    return ModelManifest.model_validate(manifest.model_dump(exclude_unset=True) | {"backends": ordered})


def rewrite(folder: Path, manifest: ModelManifest) -> None:
    """Put a changed manifest and its card into a model folder. Raises TrainerFault."""
    try:
        (folder / MANIFEST).write_text(readable_json(manifest), encoding="utf-8")
        (folder / CARD).write_text(model_card(manifest), encoding="utf-8")
    except OSError as error:
        raise TrainerFault(f"{folder}: cannot be written: {error}") from error


def _agreement(name: BackendName, got: Predictions, wanted: Predictions, manifest: ModelManifest) -> Agreement:
    first, second = np.sort(wanted.logits, axis=1)[:, :-3:-1].T
    same, clear = got.labels == wanted.labels, first - second > MARGIN
    limits = (manifest.thresholds.no_refer, manifest.thresholds.refer)
    bands = [np.searchsorted(limits, each.malignancy, side="right") for each in (got, wanted)]
    return Agreement(
        backend=name,
        photos=len(same),
        same_class=int(same.sum()),
        clear=int(clear.sum()),
        same_class_where_clear=int((same & clear).sum()),
        same_band=int((bands[0] == bands[1]).sum()),
        largest_difference=float(np.abs(got.logits - wanted.logits).max()),
    )
