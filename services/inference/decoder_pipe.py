"""Frames between the worker and a decoder process: a JSON object and byte strings, with their lengths in front.

Used on both ends. The reader refuses frames beyond a limit, so a decoder that went mad cannot fill the worker's memory.
"""

import json
import os
import select
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

_LENGTHS = struct.Struct("!II")
_BLOB = struct.Struct("!I")
_CHUNK = 1 << 20
OUT_OF_MEMORY = "out_of_memory"
MAX_FRAME = 512 * 1024 * 1024


class PipeClosed(Exception):
    """The other end is gone, or talks nonsense."""


class DeadlinePassed(Exception):
    """The other end took too long."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message."""

    fields: dict[str, Any]
    blobs: tuple[bytes, ...] = ()


def encode(fields: dict[str, Any], blobs: Sequence[bytes] = ()) -> list[bytes]:
    """A message as the pieces to write, in order."""
    header = json.dumps(fields, separators=(",", ":"), allow_nan=False).encode()
    lengths = b"".join(_BLOB.pack(len(blob)) for blob in blobs)
    return [_LENGTHS.pack(len(header), len(blobs)) + lengths + header, *blobs]


def decode(take: Callable[[int], bytes]) -> Frame:
    """Read one message with `take(n)`, which gives exactly n bytes or raises PipeClosed."""
    header, count = _LENGTHS.unpack(take(_LENGTHS.size))
    if header > _CHUNK or count > 8:  # noqa: PLR2004 - no message of ours comes near either
        raise PipeClosed("not a frame of ours")
    lengths = [_BLOB.unpack(take(_BLOB.size))[0] for _ in range(count)]
    if sum(lengths) > MAX_FRAME:
        raise PipeClosed("a frame is too long")
    try:
        fields = json.loads(take(header))
    except ValueError as error:
        raise PipeClosed("not a frame of ours") from error
    if not isinstance(fields, dict):
        raise PipeClosed("not a frame of ours")
    return Frame(fields, tuple(take(length) for length in lengths))


def send(descriptor: int, pieces: Sequence[bytes], deadline: float) -> None:
    """Write to a non-blocking pipe until `deadline` (monotonic seconds). Raises PipeClosed, DeadlinePassed."""
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            _wait(descriptor, select.POLLOUT, deadline)
            try:
                rest = rest[os.write(descriptor, rest[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise PipeClosed("the decoder is gone") from error


def receive(descriptor: int, deadline: float) -> Frame:
    """Read one message from a non-blocking pipe until `deadline`. Raises PipeClosed, DeadlinePassed."""

    def take(count: int) -> bytes:
        got = bytearray()
        while len(got) < count:
            _wait(descriptor, select.POLLIN, deadline)
            try:
                piece = os.read(descriptor, min(_CHUNK, count - len(got)))
            except BlockingIOError:
                continue
            if not piece:
                raise PipeClosed("the decoder is gone")
            got += piece
        return bytes(got)

    return decode(take)


def _wait(descriptor: int, event: int, deadline: float) -> None:
    left = deadline - time.monotonic()
    poll = select.poll()
    poll.register(descriptor, event)
    if left <= 0 or not poll.poll(left * 1000):
        raise DeadlinePassed("the decoder took too long")
