"""Whether a file is one of safetensors, by its header alone: 8 bytes of length, JSON, then the tensors' bytes.

Layout: https://huggingface.co/docs/safetensors. No tensor is read here. That the tensors fit an architecture is for a
worker to say, which has the libraries for it.
"""

import json
import struct
from math import prod
from typing import Any, BinaryIO, Final, NamedTuple

from services.gateway.refusals import WeightsInvalid

_LENGTH: Final = struct.Struct("<Q")
_HEADER_LIMIT: Final = 1024 * 1024
_METADATA: Final = "__metadata__"
# What our models are made of, and how many bytes a value has.
_BYTES: Final = {"F32": 4, "F16": 2, "I8": 1}
_MOST_DIMENSIONS: Final = 8
_FIELDS: Final = {"dtype", "shape", "data_offsets"}
_LONGEST_NAME: Final = 64


class _Range(NamedTuple):
    """Where a tensor lies, counted from the end of the header."""

    begin: int
    end: int
    name: str


def check_weights(file: BinaryIO, size: int) -> None:
    """Look at a file of `size` bytes from its beginning. Raises WeightsInvalid, saying what is wrong."""
    start = file.read(_LENGTH.size)
    if len(start) < _LENGTH.size:
        raise WeightsInvalid("the file is shorter than a header")
    (length,) = _LENGTH.unpack(start)
    if length > min(_HEADER_LIMIT, size - _LENGTH.size):
        raise WeightsInvalid("the header is longer than the file, or than any of ours: this is no safetensors file")
    tensors = _tensors(file.read(length))
    end = 0
    # Every byte belongs to one tensor: nothing else may hide in a file that workers are to load.
    for found in sorted(tensors):
        if found.begin != end:
            raise WeightsInvalid(f"tensor {found.name} does not begin where the one before ends")
        end = found.end
    if end != size - _LENGTH.size - length:
        raise WeightsInvalid("the tensors do not end where the file does")


def _tensors(header: bytes) -> list[_Range]:
    try:
        content = json.loads(header, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise WeightsInvalid("the header is no JSON: this is no safetensors file") from error
    if not isinstance(content, dict):
        raise WeightsInvalid("the header is no JSON object: this is no safetensors file")
    tensors = [_range(name[:_LONGEST_NAME], said) for name, said in content.items() if name != _METADATA]
    if not tensors:
        raise WeightsInvalid("the file holds no tensor")
    return tensors


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a name is repeated")
    return content


def _range(name: str, said: Any) -> _Range:
    if not isinstance(said, dict) or said.keys() != _FIELDS:
        raise WeightsInvalid(f"tensor {name} needs exactly dtype, shape and data_offsets")
    dtype, shape, offsets = said["dtype"], said["shape"], said["data_offsets"]
    width = _BYTES.get(dtype) if isinstance(dtype, str) else None
    if width is None:
        raise WeightsInvalid(f"tensor {name} has a type that is none of {', '.join(_BYTES)}")
    if not _counts(shape) or len(shape) > _MOST_DIMENSIONS or not _counts(offsets) or len(offsets) != 2:  # noqa: PLR2004  # begin, end
        raise WeightsInvalid(f"tensor {name} has a shape or offsets that are none")
    begin, end = offsets
    if end - begin != prod(shape) * width:
        raise WeightsInvalid(f"tensor {name} has more or fewer bytes than its shape says")
    return _Range(begin, end, name)


def _counts(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)
