"""Whether the pixels that a map marks are those that the answer rests on: deletion and insertion (arXiv 1806.07421).

Pixels are taken away, strongest evidence first, and a blurred photo shows in their place: the sooner the probability
falls, the smaller the area under its curve. Insertion goes the other way, from the blurred photo. The baseline is a
random map of as many cells, enlarged in the same way: it removes patches of the same shape in another order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from services.inference.model.engine import LoadedModel
from shared.contracts.enums import LesionClass

STEPS = 20
BLUR = 0.25  # deviation, as a share of the crop's side: less would leave the lesion as a stain that still tells

_BATCH = 16

Pixels = npt.NDArray[np.uint8]
Evidence = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Areas:
    """Areas under the class's probability by the share of pixels, 0 to 1. A good map: low deletion, high insertion.

    `whole` and `blurred`: the probability at both ends. Where they are alike, the areas say nothing.
    """

    deletion: float
    insertion: float
    random_deletion: float
    random_insertion: float
    whole: float
    blurred: float


def faithfulness(
    model: LoadedModel, crop: Pixels, evidence: Evidence, label: LesionClass, generator: np.random.Generator
) -> Areas:
    """Of one crop, uint8 [size, size, 3], and its signed map of a class [h, w]. 78 passes. Raises as `predict`."""
    blurred = blur(crop)
    orders = [ranks(evidence, len(crop)), ranks(generator.random(evidence.shape), len(crop))]
    between = [
        mixture
        for order in orders
        for step in range(1, STEPS)
        for mixture in _mixtures(crop, blurred, order < step / STEPS)
    ]
    values = _probabilities(model, [crop, blurred, *between], label)
    whole, nothing, curves = values[0], values[1], values[2:].reshape(len(orders), STEPS - 1, 2)
    deletion, insertion, random_deletion, random_insertion = (
        area(np.r_[start, curves[order, :, way], end])
        for order in (0, 1)
        for way, start, end in (
            (0, whole, nothing),
            (1, nothing, whole),
        )
    )
    return Areas(deletion, insertion, random_deletion, random_insertion, float(whole), float(nothing))


def blur(crop: Pixels) -> Pixels:
    """The baseline."""
    return np.asarray(Image.fromarray(crop).filter(ImageFilter.GaussianBlur(BLUR * len(crop))))


def ranks(evidence: Evidence, size: int) -> Floats:
    """Each pixel's place from the strongest (0) to the weakest (below 1), [size, size]; the map enlarged bilinearly."""
    picture = Image.fromarray(evidence.astype(np.float32)).resize((size, size), Image.Resampling.BILINEAR)
    order = np.argsort(-np.asarray(picture).ravel(), kind="stable")
    places = np.empty(len(order))
    places[order] = np.arange(len(order)) / len(order)
    return places.reshape(size, size)


def area(values: Floats) -> float:
    """Under a curve over equal steps from 0 to 1."""
    return float(np.trapezoid(values, dx=1 / (len(values) - 1)))


def _probabilities(model: LoadedModel, crops: Sequence[Pixels], label: LesionClass) -> Floats:
    contents = [crop.tobytes() for crop in crops]
    batches = (contents[start : start + _BATCH] for start in range(0, len(contents), _BATCH))
    answers = [answer for batch in batches for answer in model.predict(batch)]
    return np.array([answer.classification.probabilities[label] for answer in answers])


def _mixtures(crop: Pixels, blurred: Pixels, first: npt.NDArray[np.bool_]) -> tuple[Pixels, Pixels]:
    """The photo without its first pixels, and those pixels alone."""
    return np.where(first[..., None], blurred, crop), np.where(first[..., None], crop, blurred)
