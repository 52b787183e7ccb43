"""The evidence maps of one run as a file: numpy format 1.0, little-endian float16, C order, [classes, height, width].

Readable by `numpy.load`, but read and written here without numpy. Only what we write is read: every other header is
refused, and so is a value that is not finite.
"""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

_MAGIC = b"\x93NUMPY\x01\x00"
_ALIGNMENT = 64
_VALUE_BYTES = 2
MAX_SIDE = 256
MAX_CLASSES = 64


class MapInvalid(ValueError):
    """The bytes are no map file that we wrote."""


@dataclass(frozen=True, slots=True)
class ClassMap:
    """Signed evidence for one class, in logits, row by row. Its mean plus the class's bias is the class's logit."""

    width: int
    height: int
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or len(self.values) != self.width * self.height:
            raise MapInvalid("a map needs width x height values")
        if not all(map(math.isfinite, self.values)):
            raise MapInvalid("a map holds a value that is not finite")

    @property
    def peak(self) -> float:
        """The strongest positive evidence; 0.0 where there is none."""
        return max(0.0, *self.values)

    @property
    def empty(self) -> bool:
        """Whether nothing speaks for the class anywhere. A valid result, shown as such."""
        return self.peak == 0.0

    def minus(self, other: "ClassMap") -> "ClassMap":
        """The contrast: what speaks for this class rather than for another. Raises MapInvalid if the sizes differ."""
        if (self.width, self.height) != (other.width, other.height):
            raise MapInvalid("the maps differ in size")
        differences = (mine - theirs for mine, theirs in zip(self.values, other.values, strict=True))
        return ClassMap(self.width, self.height, tuple(differences))

    @property
    def peak_cell(self) -> tuple[int, int]:
        """Column and row of the largest value, the first one in reading order."""
        row, column = divmod(self.values.index(max(self.values)), self.width)
        return column, row


def write_maps(maps: Sequence[ClassMap]) -> bytes:
    """All classes' maps as file content. Values are rounded to float16. Raises MapInvalid beyond +-65504."""
    height, width = maps[0].height, maps[0].width
    if any((item.height, item.width) != (height, width) for item in maps):
        raise MapInvalid("the maps differ in size")
    values = [value for item in maps for value in item.values]
    try:
        return _header(len(maps), height, width) + struct.pack(f"<{len(values)}e", *values)
    except OverflowError as error:
        raise MapInvalid("evidence is beyond the range of float16") from error


def read_maps(content: bytes) -> tuple[ClassMap, ...]:
    """The inverse of `write_maps`, in class order. Raises MapInvalid for anything else than our own files."""
    classes, height, width = _shape(content)
    header, count = _header(classes, height, width), classes * height * width
    if not content.startswith(header) or len(content) != len(header) + count * _VALUE_BYTES:
        raise MapInvalid("the header or the length is not ours")
    values = struct.unpack_from(f"<{count}e", content, len(header))
    area = height * width
    return tuple(ClassMap(width, height, values[start : start + area]) for start in range(0, count, area))


def _header(classes: int, height: int, width: int) -> bytes:
    text = f"{{'descr': '<f2', 'fortran_order': False, 'shape': ({classes}, {height}, {width}), }}"
    used = len(_MAGIC) + 2 + len(text) + 1
    text += " " * (-used % _ALIGNMENT) + "\n"
    return _MAGIC + struct.pack("<H", len(text)) + text.encode("ascii")


def _shape(content: bytes) -> tuple[int, int, int]:
    _, found, rest = content[:256].partition(b"'shape': (")
    numbers = rest.partition(b")")[0].split(b", ")
    if not content.startswith(_MAGIC) or not found or not all(number.isdigit() for number in numbers):
        raise MapInvalid("no map file")
    sides = tuple(int(number) for number in numbers if len(number) <= len(str(MAX_SIDE)))
    match sides:
        case (classes, height, width) if (
            0 < classes <= MAX_CLASSES and 0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE
        ):
            return classes, height, width
        case _:
            raise MapInvalid("the shape is not [classes, height, width]")
