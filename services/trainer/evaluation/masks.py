"""Where the lesion lies in a crop, by a mask that people drew; crops beside the centre."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from services.inference.model.preprocess import Framing, cut, place
from services.trainer.canvases import Pixels, open_upright
from services.trainer.faults import BadData
from services.trainer.photos import Photo
from shared.imaging.geometry import Box, Placement, Region, Size

Mask = npt.NDArray[np.bool_]
SUFFIX = "_segmentation.png"
_HALF = 128
_TRIES = 12
_LEAST_AREA = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class MaskedCrop:
    """Pixels uint8 [size, size, 3], as the network gets them, and whether each belongs to the lesion [size, size]."""

    pixels: Pixels
    mask: Mask


def mask_of(photo: Photo, folder: Path) -> Path | None:
    """The photo's mask, if there is one."""
    path = folder / f"{photo.path.stem}{SUFFIX}"
    return path if path.is_file() else None


def open_masked(photo: Photo, path: Path) -> tuple[Image.Image, Image.Image]:
    """The photo and its mask, white on black. Raises BadData if they differ in size."""
    picture = open_upright(photo.path)
    try:
        with Image.open(path) as file:
            mask = file.convert("L")
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise BadData(f"{path}: cannot be read as a mask: {error}") from error
    if mask.size != picture.size:
        raise BadData(f"{path}: {mask.width}x{mask.height}, but the photo is {picture.width}x{picture.height}")
    return picture, mask


def centre_crop(pair: tuple[Image.Image, Image.Image], framing: Framing) -> MaskedCrop:
    """As the service cuts it."""
    return _cut(pair, place(Size(*pair[0].size), framing))


def shifted_crop(
    pair: tuple[Image.Image, Image.Image], framing: Framing, generator: np.random.Generator
) -> MaskedCrop | None:
    """A crop as large as the service's, elsewhere: of twelve places drawn, the one with the lesion farthest off centre.

    None if the lesion fills less than 2 % of every one.
    """
    central = place(Size(*pair[0].size), framing)
    places = [_moved(central, generator) for _ in range(_TRIES)]
    masks = [_mask(pair[1], each) for each in places]
    usable = [index for index, mask in enumerate(masks) if mask.mean() >= _LEAST_AREA]
    if not usable:
        return None
    return _cut(pair, places[max(usable, key=lambda index: _offset(masks[index]))])


def _moved(central: Placement, generator: np.random.Generator) -> Placement:
    """Anywhere inside the resized photo."""
    crop, resize, image = central.crop, central.resize, central.image
    left = int(generator.integers(0, max(0, resize.width - crop.width) + 1))
    top = int(generator.integers(0, max(0, resize.height - crop.height) + 1))
    across, down = image.width / resize.width, image.height / resize.height
    region = Region(left * across, top * down, crop.width * across, crop.height * down)
    return Placement(image, resize, Box(left, top, crop.width, crop.height), central.input_size, region)


def _offset(mask: Mask) -> float:
    """How far the middle of the lesion is from the middle of the crop, in pixels."""
    middle = (np.array(mask.shape) - 1) / 2
    return float(np.hypot(*(np.argwhere(mask).mean(axis=0) - middle)))


def _cut(pair: tuple[Image.Image, Image.Image], placement: Placement) -> MaskedCrop:
    size = placement.input_size
    pixels = np.frombuffer(cut(pair[0], placement), dtype=np.uint8).reshape(size, size, 3)
    return MaskedCrop(pixels, _mask(pair[1], placement))


def _mask(mask: Image.Image, placement: Placement) -> Mask:
    size = placement.input_size
    return np.frombuffer(cut(mask, placement), dtype=np.uint8).reshape(size, size) >= _HALF


def with_masks(photos: Sequence[Photo], folder: Path) -> list[tuple[int, Path]]:
    """The positions of the photos that have a mask, and the mask's file."""
    found = ((index, mask_of(photo, folder)) for index, photo in enumerate(photos))
    return [(index, path) for index, path in found if path is not None]
