"""Photos decoded once, on equal canvases in one file, so that an epoch costs no decoding."""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from services.trainer.faults import BadData
from services.trainer.photos import Photo

Pixels = npt.NDArray[np.uint8]
Progress = Callable[[Iterable[Any], int], Iterable[Any]]
ASPECT = 4 / 3
MIN_PIXELS_A_SIDE = 16


def quiet(items: Iterable[Any], _total: int) -> Iterable[Any]:
    """Progress that nobody sees."""
    return items


def canvas_size(short_side: int) -> tuple[int, int]:
    """Height and width of a canvas: landscape, 3 to 4."""
    return short_side, round(short_side * ASPECT)


def open_upright(path: Path) -> Image.Image:
    """Decode a photo to upright RGB. Raises BadData naming the file."""
    try:
        with Image.open(path) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, ValueError) as error:
        raise BadData(f"{path}: cannot be read as a photo: {error}") from error
    if min(upright.size) < MIN_PIXELS_A_SIDE:
        raise BadData(f"{path}: {upright.width}x{upright.height} pixels are too few to train on")
    return upright


def decode(path: Path, short_side: int) -> Pixels:
    """Return uint8 [short_side, width, 3]: short side scaled, turned to landscape, long side cut or mirrored to fit."""
    picture = open_upright(path)
    if picture.height > picture.width:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    height, width = canvas_size(short_side)
    scaled = max(short_side, round(picture.width * short_side / picture.height))
    pixels = np.asarray(picture.resize((scaled, height), Image.Resampling.BILINEAR))
    if scaled >= width:
        left = (scaled - width) // 2
        return pixels[:, left : left + width]
    left = (width - scaled) // 2
    return np.pad(pixels, ((0, 0), (left, width - scaled - left), (0, 0)), mode="reflect")


def read_canvases(photos: Sequence[Photo], short_side: int, folder: Path, progress: Progress) -> Pixels:
    """Return uint8 [n, short_side, width, 3], mapped from a file in `folder` that is made if it is not there.

    The file is named after the photos' names, sizes and times, and appears whole or not at all. Raises BadData.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"canvases-{short_side}-{_digest(photos)[:16]}.npy"
    if not path.exists():
        _write(photos, short_side, path, progress)
    return np.load(path, mmap_mode="r")  # type: ignore[no-any-return]


def _digest(photos: Sequence[Photo]) -> str:
    parts = []
    for photo in photos:
        status = photo.path.stat()
        parts.append(f"{photo.path.name}:{status.st_size}:{status.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _write(photos: Sequence[Photo], short_side: int, path: Path, progress: Progress) -> None:
    partial_path = path.with_suffix(f".{os.getpid()}.part")
    shape = (len(photos), *canvas_size(short_side), 3)
    # Spawned: a fork of a process that has used torch's threads may hang.
    pool = ProcessPoolExecutor(mp_context=get_context("spawn"))
    try:
        with partial_path.open("wb") as file:
            # Written, not mapped: a full disk is an error here, and under a map it ends the process.
            np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
            work = pool.map(partial(decode, short_side=short_side), [photo.path for photo in photos], chunksize=32)
            for pixels in progress(work, len(photos)):
                file.write(pixels.tobytes())
        partial_path.rename(path)
    except OSError as error:
        raise BadData(f"{path.parent}: decoded photos cannot be kept: {error}") from error
    except BrokenProcessPool as error:
        raise BadData("a decoding process died: too little memory, or a photo that ends its decoder") from error
    finally:
        # After a bad photo or Ctrl-C nobody waits for the thousands that are queued.
        pool.shutdown(cancel_futures=True)
        partial_path.unlink(missing_ok=True)
