"""Where a coarse map lies in the stored photo: the content of `geometry.json`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


class GeometryInvalid(ValueError):
    """The bytes are no geometry that we wrote."""


@dataclass(frozen=True, slots=True)
class Size:
    """Whole pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in whole pixels of the resized photo."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle in fractional pixels of the stored photo."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Placement:
    """What the network saw of a photo of size `image`: resized to `resize`, then cut to `crop`.

    `crop_in_image` is the same cut in pixels of the stored photo.
    """

    image: Size
    resize: Size
    crop: Box
    input_size: int
    crop_in_image: Region

    def to_mapping(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any]) -> "Placement":
        """The inverse of `to_mapping`. Raises GeometryInvalid."""
        try:
            placement = cls(
                image=Size(**content["image"]),
                resize=Size(**content["resize"]),
                crop=Box(**content["crop"]),
                input_size=int(content["input_size"]),
                crop_in_image=Region(**{name: float(value) for name, value in content["crop_in_image"].items()}),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise GeometryInvalid("geometry: a field is missing or of the wrong type") from error
        sides = (placement.image.width, placement.image.height, placement.crop.width, placement.crop.height)
        region = placement.crop_in_image
        if min(sides) < 1 or not (region.width > 0 and region.height > 0):
            raise GeometryInvalid("geometry: a size is not positive")
        return placement


@dataclass(frozen=True, slots=True)
class Geometry:
    """A placement, and the map of `map.width` x `map.height` cells of `stride` input pixels that covers its crop."""

    placement: Placement
    map: Size
    stride: int
    labels: tuple[str, ...]

    def cell_centre(self, column: int, row: int) -> tuple[float, float]:
        """The middle of a map cell as x, y in pixels of the stored photo."""
        region = self.placement.crop_in_image
        x = region.left + (column + 0.5) * region.width / self.map.width
        return x, region.top + (row + 0.5) * region.height / self.map.height

    def to_json(self) -> bytes:
        """`geometry.json` as it is stored."""
        content = self.placement.to_mapping()
        content |= {"map": asdict(self.map), "stride": self.stride, "labels": list(self.labels)}
        return json.dumps(content, separators=(",", ":"), allow_nan=False).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "Geometry":
        """Read `geometry.json`. Raises GeometryInvalid."""
        try:
            fields = json.loads(content)
            size, stride, labels = Size(**fields["map"]), int(fields["stride"]), tuple(map(str, fields["labels"]))
        except (KeyError, TypeError, ValueError) as error:
            raise GeometryInvalid("geometry: a field is missing or of the wrong type") from error
        if size.width < 1 or size.height < 1 or not labels:
            raise GeometryInvalid("geometry: an empty map")
        return cls(Placement.from_mapping(fields), size, stride, labels)
