"""What may be asked of a picture."""

from dataclasses import dataclass
from enum import StrEnum

from shared.contracts.enums import LesionClass
from shared.imaging.colormap import DEFAULT
from shared.imaging.overlay import DEFAULT_ALPHA


class Colormap(StrEnum):
    """Colour scales that `shared.imaging` draws with."""

    EMBER = "ember"
    TIDE = "tide"
    GRAY = "gray"


DEFAULT_COLORMAP = Colormap(DEFAULT)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a picture shows: the evidence for a class or, with `against`, for it rather than for another."""

    label: LesionClass
    against: LesionClass | None = None

    def __str__(self) -> str:
        return self.label if self.against is None else f"{self.label}-{self.against}"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture made for one request."""

    content: bytes
    media_type: str
    heatmap_max: float | None = None


__all__ = ["DEFAULT_ALPHA", "DEFAULT_COLORMAP", "Colormap", "Drawn", "Subject"]
