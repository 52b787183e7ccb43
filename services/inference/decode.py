"""Photos decoded at arm's length: a pool of two long-lived processes that may die without taking the worker along.

A photo that kills, stalls or starves its decoder costs that process only. It is tried once more in a fresh one; then it
is the photo's fault. Two processes of at most 50 megapixels each bound what is in flight at 100 megapixels.
"""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue
from typing import Self

from PIL import Image

from services.inference import decoder_pipe
from services.inference.decoder_pipe import OUT_OF_MEMORY, DeadlinePassed, Frame, PipeClosed
from services.inference.model.measures import MeasuresInvalid, PixelMeasures
from services.inference.model.preprocess import Framing
from shared.errors import DecoderCrashed, ImageTooLarge, UndecodableImage
from shared.imaging.geometry import GeometryInvalid, Placement

POOL = 2
WALL_LIMIT_S = 10.0
_START_LIMIT_S = 30.0
_ATTEMPTS = 2
# What Linux allows everyone. A small photo fits as a whole: no turn of the two processes for every 64 KiB.
_PIPE_BYTES = 1 << 20
_ROOT = Path(__file__).resolve().parents[2]
_ERRORS = {error.code: error for error in (UndecodableImage, ImageTooLarge)}
# glibc reserves address space for each thread's arena, and the limit counts it.
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}


class DecoderUnavailable(RuntimeError):
    """A decoder process does not start: the installation is broken, and no photo is to blame."""


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """Pixels of a stored photo.

    `crop`: uint8 RGB, input_size x input_size x 3, for `LoadedModel.predict`. `placement`: where it lies in the photo,
    whose upright size is `placement.image`. `measures`: of the same pixels. `display`: the whole photo as RGB, long
    side at most 1024 pixels.
    """

    crop: bytes
    placement: Placement
    measures: PixelMeasures
    display: Image.Image


@dataclass(frozen=True, slots=True)
class CleanImage(DecodedImage):
    """The same, and the bytes to store: upright sRGB, no metadata. All pixels were read back from these bytes.

    `source_format`: JPEG, PNG, WEBP or HEIF. `colour`: `none`, `srgb`, `converted` or `ignored` (an unusable profile).
    """

    clean: bytes
    media_type: str
    source_format: str
    colour: str


class Decoder:
    """The pool. Thread-safe; a caller waits while both processes are busy. Close it, or use it in a with statement.

    Not to be made before a fork.
    """

    def __init__(self, *, wall_limit_s: float = WALL_LIMIT_S) -> None:
        self._wall_limit_s = wall_limit_s
        # The kernel ends a child with the *thread* that started it, so one thread that stays starts them all.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="decoder-starter")
        self._free: LifoQueue[_Process] = LifoQueue()
        self._all = [_Process(self._starter) for _ in range(POOL)]
        for process in self._all:
            self._free.put(process)

    def decode(self, raw: bytes, framing: Framing) -> CleanImage:
        """Clean a stranger's photo and read it back. Raises UndecodableImage, ImageTooLarge, DecoderCrashed."""
        frame = self._ask("decode", raw, framing)
        image = _decoded(frame)
        fields = frame.fields
        return CleanImage(
            image.crop,
            image.placement,
            image.measures,
            image.display,
            clean=frame.blobs[2],
            media_type=fields["media_type"],
            source_format=fields["source_format"],
            colour=fields["colour"],
        )

    def read(self, clean: bytes, framing: Framing) -> DecodedImage:
        """Pixels of a photo that is stored already: the same as at its first run. Errors as for `decode`."""
        return _decoded(self._ask("read", clean, framing))

    def process_ids(self) -> list[int]:
        """The living decoder processes."""
        return [process.pid for process in self._all if process.pid]

    def close(self) -> None:
        """End both processes. Nothing may be decoding."""
        for process in self._all:
            process.stop()
        self._starter.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, task: str, content: bytes, framing: Framing) -> Frame:
        request = {"task": task, "resize_short_side": framing.resize_short_side, "input_size": framing.input_size}
        pieces = decoder_pipe.encode(request, [content])
        cause = ""
        for _ in range(_ATTEMPTS):
            try:
                with self._process() as process:
                    frame = process.ask(pieces, self._wall_limit_s)
                return _or_error(frame)
            except (PipeClosed, DeadlinePassed) as error:
                cause = str(error)
        raise DecoderCrashed(f"{cause}, {_ATTEMPTS} times")

    @contextmanager
    def _process(self) -> Generator["_Process"]:
        process = self._free.get()
        try:
            yield process
        except BaseException:
            process.stop()  # whatever it was about, half an answer may still be in the pipe
            raise
        finally:
            self._free.put(process)


class _Process:
    """One decoder process, started when it is needed and not there."""

    def __init__(self, starter: ThreadPoolExecutor) -> None:
        self._starter = starter
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._running.pid if self._running and self._running.poll() is None else None

    def ask(self, pieces: list[bytes], limit_s: float) -> Frame:
        """Send a request and wait for its answer. Raises PipeClosed, DeadlinePassed, DecoderUnavailable."""
        into, out = self._pipes()
        deadline = time.monotonic() + limit_s
        decoder_pipe.send(into, pieces, deadline)
        frame = decoder_pipe.receive(out, deadline)
        if frame.fields.get("error") == OUT_OF_MEMORY:
            raise PipeClosed("the decoder ran out of memory")
        return frame

    def stop(self) -> None:
        """Kill it, if it lives, and collect it."""
        running, self._running = self._running, None
        if running is None:
            return
        running.kill()
        running.wait()
        for pipe in (running.stdin, running.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()

    def _pipes(self) -> tuple[int, int]:
        if self._running is None or self._running.poll() is not None:
            self.stop()
            self._running = self._starter.submit(_start).result()
        return _descriptors(self._running)


def _start() -> subprocess.Popen[bytes]:
    # Nothing is inherited: keys and addresses of the worker have no business beside a stranger's photo.
    running = subprocess.Popen(
        [sys.executable, "-m", "services.inference.decoder_process", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        cwd=_ROOT,
        env=_ENVIRONMENT,
    )
    for descriptor in _descriptors(running):
        os.set_blocking(descriptor, False)
        with suppress(OSError):  # a machine may allow less; then a picture comes in more pieces
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    try:
        decoder_pipe.receive(_descriptors(running)[1], time.monotonic() + _START_LIMIT_S)
    except (PipeClosed, DeadlinePassed) as error:
        running.kill()
        raise DecoderUnavailable(f"a decoder process did not start (exit status {running.wait()})") from error
    return running


def _descriptors(running: subprocess.Popen[bytes]) -> tuple[int, int]:
    if running.stdin is None or running.stdout is None:
        raise DecoderUnavailable("a decoder process has no pipes")
    return running.stdin.fileno(), running.stdout.fileno()


def _decoded(frame: Frame) -> DecodedImage:
    crop, display = frame.blobs[:2]
    try:
        placement = Placement.from_mapping(frame.fields["placement"])
        measures = PixelMeasures.from_mapping(frame.fields["measures"])
    except (GeometryInvalid, MeasuresInvalid) as error:
        raise DecoderCrashed("the decoder's answer makes no sense") from error
    width, height = frame.fields["display"]
    return DecodedImage(crop, placement, measures, Image.frombytes("RGB", (width, height), display))


def _or_error(frame: Frame) -> Frame:
    if code := frame.fields.get("error"):
        raise _ERRORS.get(code, UndecodableImage)(frame.fields.get("detail", ""))
    return frame
