"""Whether the model notices photos that it was not made for: phone photos, and pictures that show no skin."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from services.inference.model.engine import LoadedModel
from services.inference.model.preprocess import cut, place
from services.trainer.evaluation.intervals import Resamples, mean_over, wilson
from services.trainer.evaluation.phones import PhoneAnswer, by_skin
from services.trainer.evaluation.pictures import no_skin
from services.trainer.evaluation.predictions import BATCH, Judged
from services.trainer.evaluation.ranking import Ranking
from services.trainer.metrics import Floats
from shared.contracts.manifest import OutOfDistribution
from shared.imaging.geometry import Size

NO_DISTANCE = "The model has no statistics of its training photos, so it measures no distance."
NO_PHONE_PHOTOS = "No phone photos were given."


def picture_distances(model: LoadedModel) -> dict[str, Floats]:
    """The distances of the drawn pictures, by kind. Empty if the model measures none."""
    pictures = no_skin()
    found: dict[str, list[float]] = {}
    for start in range(0, len(pictures), BATCH):
        batch = pictures[start : start + BATCH]
        for (kind, _), answer in zip(batch, model.predict([_crop(model, each) for _, each in batch]), strict=True):
            if answer.distance is not None:
                found.setdefault(kind, []).append(answer.distance)
    return {kind: np.array(values) for kind, values in found.items()}


def distribution(
    judged: Judged, pictures: dict[str, Floats], phones: Sequence[PhoneAnswer], *, bootstrap: int, seed: int
) -> dict[str, Any]:
    """AUROCs of the distance against the evaluated photos, shares beyond the limits, answers to phone photos."""
    ours, limits = judged.predictions.distances, judged.manifest.out_of_distribution
    answers = {"phone_answers": _answers(phones), "phone_reason": None if phones else NO_PHONE_PHOTOS}
    if ours is None or limits is None:
        return {"measured": False, "reason": NO_DISTANCE, "limits": None, "groups": None, **answers}
    lesions = [photo.lesion for photo in judged.photos]
    groups: dict[str, Any] = {
        "evaluated": {
            "n": len(ours),
            "auroc": None,
            **{
                name: judged.resamples.figure(mean_over((ours >= limit).astype(np.float64)), len(ours)).as_json()
                for name, limit in _limits(limits).items()
            },
        }
    }
    for name, (values, units) in _others(pictures, phones).items():
        resamples = Resamples(lesions, units, count=bootstrap, seed=seed)
        groups[name] = _against(ours, values, resamples, limits)
    return {"measured": True, "reason": None, "limits": _limits(limits), "groups": groups, **answers}


def phone_distances(phones: Sequence[PhoneAnswer]) -> Floats:
    """The distances of those that reached the network."""
    return np.array([answer.distance for answer in phones if answer.distance is not None], dtype=np.float64)


def _others(pictures: dict[str, Floats], phones: Sequence[PhoneAnswer]) -> dict[str, tuple[Floats, list[str]]]:
    """Distances of each group beside the evaluated photos, and the units that are resampled: patients, pictures."""
    groups: dict[str, tuple[Floats, list[str]]] = {}
    distances = phone_distances(phones)
    if len(distances):
        groups["phone"] = distances, [each.photo.patient for each in phones if each.distance is not None]
    drawn = np.concatenate(list(pictures.values())) if pictures else np.empty(0)
    for name, values in (("no_skin", drawn), *((f"no_skin: {kind}", values) for kind, values in pictures.items())):
        if len(values):
            groups[name] = values, [str(number) for number in range(len(values))]
    return groups


def _against(ours: Floats, theirs: Floats, resamples: Resamples, limits: OutOfDistribution) -> dict[str, Any]:
    ranking = Ranking(np.concatenate([ours, theirs]), np.arange(len(ours) + len(theirs)) >= len(ours))
    return {
        "n": len(theirs),
        "auroc": resamples.figure(ranking.auroc, len(ours) + len(theirs)).as_json(),
        **{
            name: wilson(int((theirs >= limit).sum()), len(theirs)).as_json() for name, limit in _limits(limits).items()
        },
    }


def _limits(limits: OutOfDistribution) -> dict[str, float]:
    return {"soft": limits.soft, "hard": limits.hard}


def _answers(phones: Sequence[PhoneAnswer]) -> dict[str, Any] | None:
    """Rates by Fitzpatrick type; some patients have several photos, which Wilson's interval does not know."""
    if not phones:
        return None
    return {name: _rates(group) for name, group in by_skin(phones).items()}


def _rates(group: Sequence[PhoneAnswer]) -> dict[str, Any]:
    counts = {
        "refused": sum(each.clinical == "refused" for each in group),
        "review": sum(each.clinical == "review" for each in group),
        "review_as_dermoscopy": sum(each.dermoscopy == "review" for each in group),
        "no_refer_as_dermoscopy": sum(each.dermoscopy == "no_refer" for each in group),
    }
    rates = {name: wilson(count, len(group)).as_json() for name, count in counts.items()}
    return {"n": len(group), "patients": len({each.photo.patient for each in group}), **rates}


def _crop(model: LoadedModel, picture: Image.Image) -> bytes:
    return cut(picture, place(Size(picture.width, picture.height), model.framing))
