"""What is refused for its pixels before the network runs, by reason and, for phone photos, by skin type."""

from collections.abc import Sequence
from typing import Any

from services.inference.model.measures import PixelMeasures
from services.inference.model.quality import assess
from services.trainer.evaluation.intervals import wilson
from services.trainer.evaluation.phones import PhoneAnswer, by_skin
from shared.contracts.manifest import ModelManifest, ReasonCode

PIXEL_REASONS = (ReasonCode.TOO_SMALL, ReasonCode.TOO_BLURRED, ReasonCode.TOO_DARK, ReasonCode.GLARE)

Reasons = Sequence[ReasonCode]


def refusals(
    manifest: ModelManifest, evaluated: Sequence[PixelMeasures], phones: Sequence[PhoneAnswer]
) -> dict[str, Any]:
    """The limits, and rates with Wilson's interval, which takes every photo for a patient of its own."""
    pixels = manifest.quality.pixels
    groups = {"evaluated": _rates([assess(each, manifest).reasons for each in evaluated])}
    for name, answers in by_skin(phones).items() if phones else ():
        groups[f"phone, {name}"] = _rates([each.pixels for each in answers])
    limits = {"min_side_px": manifest.quality.min_side_px, "pixels": pixels.model_dump() if pixels else None}
    return {"limits": limits, "groups": groups}


def _rates(photos: Sequence[Reasons]) -> dict[str, Any]:
    told = {str(code): wilson(sum(code in each for each in photos), len(photos)) for code in PIXEL_REASONS}
    told["refused"] = wilson(sum(bool(each) for each in photos), len(photos))
    return {"n": len(photos), **{name: figure.as_json() for name, figure in told.items()}}
