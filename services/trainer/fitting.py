"""Everything that a manifest says in numbers about its weights, fitted on the hold-out after the rounding.

The limits of pixels have nothing to do with the weights and are fitted on the training photos.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import torch
from torch import Tensor

from services.inference.model.out_of_distribution import FeatureDistance
from services.inference.model.out_of_distribution import fit as fit_distance
from services.trainer import calibration
from services.trainer.canvases import Progress
from services.trainer.faults import BadData
from services.trainer.metrics import Flags, Floats, is_malignant, malignancy, softmax, targets_of
from services.trainer.observations import Observer
from services.trainer.photos import CLASSES, Photo
from services.trainer.pixel_limits import fit_pixel_limits, measured
from services.trainer.recipe import Recipe
from services.trainer.split import Split
from shared.contracts.manifest import OutOfDistribution, PixelLimits, Thresholds

COMPONENTS = 64
MOST_TRAINING_PHOTOS = 3000
_LEAST_FOR_DISTANCE = 200


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What calibration found. `statistics`: tensors of the feature distance, to lie beside the weights."""

    temperature: float
    thresholds: Thresholds
    pixels: PixelLimits
    distance: OutOfDistribution | None
    statistics: Mapping[str, Tensor]


def fit(observer: Observer, split: Split, recipe: Recipe, progress: Progress) -> Fitted:
    """Show the network the hold-out, and up to 3,000 training photos for the feature distance. Raises BadData."""
    held = observer.observe(split.hold_out, progress)
    targets = targets_of(split.hold_out)
    temperature = calibration.fit_temperature(held.logits, targets)
    scores = malignancy(softmax(held.logits, temperature))
    bands = calibration.fit_bands(softmax(held.logits, temperature), targets)
    thresholds = _thresholds(bands, scores, is_malignant(targets), recipe)
    pixels = fit_pixel_limits(measured(split.training, progress))
    if len(split.hold_out) < _LEAST_FOR_DISTANCE:
        return Fitted(temperature, thresholds, pixels, None, {})
    distance, statistics = _distance(observer, split, held.pooled, recipe, progress)
    return Fitted(temperature, thresholds, pixels, distance, statistics)


def class_shares(photos: Sequence[Photo]) -> Floats:
    """The share of each class, [classes]."""
    counts = Counter(photo.target for photo in photos)
    return np.array([counts[index] for index in range(len(CLASSES))], dtype=np.float64) / len(photos)


def _distance(
    observer: Observer, split: Split, held: Floats, recipe: Recipe, progress: Progress
) -> tuple[OutOfDistribution, Mapping[str, Tensor]]:
    rng = np.random.default_rng(recipe.seed)
    chosen = rng.permutation(len(split.training))[:MOST_TRAINING_PHOTOS]
    seen = observer.observe([split.training[int(index)] for index in chosen], progress).pooled
    components = min(COMPONENTS, len(seen) // 4, seen.shape[1] // 4)
    try:
        statistics = fit_distance(torch.from_numpy(seen), components)
    except ValueError as error:
        raise BadData(f"no distance can be fitted to the features of {len(seen)} photos: {error}") from error
    limits = calibration.fit_limits(_scores(statistics, held))
    return (
        OutOfDistribution(
            method="ppca",
            components=components,
            soft=limits.soft,
            hard=limits.hard,
            rule="soft: reached by 1 % of the hold-out photos. hard: a tenth beyond the farthest of them.",
            fitted_on=f"{len(seen)} training photos, limits on {len(held)} hold-out photos, divided by lesion.",
        ),
        statistics,
    )


def _scores(statistics: Mapping[str, Tensor], pooled: Floats) -> Floats:
    """The distances that the engine would tell of photos with these pooled features, [n]."""
    distance = FeatureDistance.from_tensors(dict(statistics), features=pooled.shape[1])
    return distance.score(torch.from_numpy(pooled)[:, :, None, None].float()).double().numpy()


def _thresholds(bands: calibration.Bands, scores: Floats, ill: Flags, recipe: Recipe) -> Thresholds:
    count, benign = int(ill.sum()), int((~ill).sum())
    told = [
        f"{name}: the largest score, rounded down, that {share:.0%} of the malignant photos reach "
        f"({(scores[ill] >= limit).sum()} of {count} do; {(scores[~ill] < limit).sum()} of {benign} benign stay below)"
        for name, limit, share in (
            ("refer", bands.refer, calibration.REFER_SENSITIVITY),
            ("no_refer", bands.no_refer, calibration.NO_REFER_SENSITIVITY),
        )
    ]
    return Thresholds(
        refer=bands.refer,
        no_refer=bands.no_refer,
        rule=". ".join(told) + ". Fitted and counted on the same photos, which flatters.",
        fitted_on=f"Hold-out: part {recipe.fold} of {recipe.folds}, by lesion, not trained on, {len(scores)} photos.",
        fitted_at=_today(),
        preliminary=True,
    )


def _today() -> date:
    return datetime.now(UTC).date()
