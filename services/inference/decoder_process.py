"""The program of a decoder process: reads frames on stdin, answers on stdout, holds nothing between photos.

It opens what strangers sent, so it owns nothing worth stealing: no environment, no network client, a memory limit, no
right to write files. It ends with its parent. Started by `decode.Decoder` only.
"""

import ctypes
import os
import resource
import signal
import sys
from typing import Any, BinaryIO

from services.inference import decoder_pipe
from services.inference.clean_photo import Pixels, clean, prepare, read
from services.inference.decoder_pipe import OUT_OF_MEMORY, Frame, PipeClosed
from services.inference.freed_memory import keep_freed_memory
from services.inference.model.preprocess import Framing
from shared.errors import PermanentError

MEMORY_LIMIT = 1 << 30
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


def main(arguments: list[str]) -> int:
    """Serve until stdin ends. Argument: the parent's process id."""
    confine(int(arguments[0]))
    keep_freed_memory()
    prepare()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    _write(target, {"ready": True})
    while True:
        try:
            frame = decoder_pipe.decode(lambda count: _take(source, count))
        except PipeClosed:
            return 0
        try:
            fields, blobs = answer(frame)
        except PermanentError as error:
            fields, blobs = {"error": error.code, "detail": error.detail}, ()
        except MemoryError:
            # The heap is in pieces now: say so, and let the parent start a fresh process.
            _write(target, {"error": OUT_OF_MEMORY})
            return 1
        _write(target, fields, *blobs)


def confine(parent: int) -> None:
    """Give up what a decoder does not need, and end when the parent does."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit("the parent is gone already")
    # A terminal's Ctrl-C reaches the whole group; the parent still needs its photo decoded before it stops.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for limit, value in ((resource.RLIMIT_AS, MEMORY_LIMIT), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(limit, (value, value))


def answer(frame: Frame) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Do what a frame asks. Raises UndecodableImage or ImageTooLarge."""
    framing = Framing(frame.fields["resize_short_side"], frame.fields["input_size"])
    if frame.fields["task"] == "read":
        pixels = read(frame.blobs[0], framing)
        return _told(pixels), (pixels.crop, pixels.display)
    photo = clean(frame.blobs[0])
    pixels = read(photo.content, framing)
    about = {"media_type": photo.media_type, "source_format": photo.source_format, "colour": photo.colour}
    return _told(pixels) | about, (pixels.crop, pixels.display, photo.content)


def _told(pixels: Pixels) -> dict[str, Any]:
    return {
        "placement": pixels.placement.to_mapping(),
        "measures": pixels.measures.to_mapping(),
        "display": [pixels.display_width, pixels.display_height],
    }


def _take(source: BinaryIO, count: int) -> bytes:
    content = source.read(count)
    if len(content) < count:
        raise PipeClosed("the parent is gone")
    return content


def _write(target: BinaryIO, fields: dict[str, Any], *blobs: bytes) -> None:
    target.writelines(decoder_pipe.encode(fields, blobs))
    target.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
