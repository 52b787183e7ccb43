"""What a photo has to be before the network runs: large, sharp and bright enough, without glare.

The limits and the words are the manifest's. None of the limits is about the colour of skin.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.inference.model.measures import PixelMeasures
from shared.contracts.manifest import ModelManifest, Quality, ReasonCode


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What was measured, by which limits, and every reason for which the photo is refused: none, no refusal."""

    measures: PixelMeasures
    limits: Quality
    reasons: tuple[ReasonCode, ...]

    @property
    def accepted(self) -> bool:
        return not self.reasons


def assess(measures: PixelMeasures, manifest: ModelManifest) -> QualityReport:
    """Compare with the model's limits. A photo exactly at a limit is accepted."""
    return QualityReport(measures, manifest.quality, tuple(reasons(measures, manifest.quality)))


def reasons(measures: PixelMeasures, limits: Quality) -> Iterator[ReasonCode]:
    """Everything that these limits have against the photo."""
    if measures.short_side_px < limits.min_side_px:
        yield ReasonCode.TOO_SMALL
    if (pixels := limits.pixels) is None:
        return
    if measures.sharpness < pixels.min_sharpness:
        yield ReasonCode.TOO_BLURRED
    if measures.mean_grey < pixels.min_mean_grey or measures.dark_share > pixels.max_dark_share:
        yield ReasonCode.TOO_DARK
    if measures.glare_share > pixels.max_glare_share:
        yield ReasonCode.GLARE
