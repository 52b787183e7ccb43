"""What a photo has to be before the network runs. Only its size so far; the limits and the words are the manifest's."""

from dataclasses import dataclass

from shared.contracts.manifest import ModelManifest, ReasonCode
from shared.imaging.geometry import Size


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What was measured, and why the photo is refused: no reasons, no refusal."""

    short_side_px: int
    reasons: tuple[ReasonCode, ...]

    @property
    def accepted(self) -> bool:
        return not self.reasons


def assess(image: Size, manifest: ModelManifest) -> QualityReport:
    """Check an upright photo's size in pixels."""
    short = min(image.width, image.height)
    return QualityReport(short, (ReasonCode.TOO_SMALL,) if short < manifest.quality.min_side_px else ())
