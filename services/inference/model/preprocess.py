"""From an upright sRGB picture to the network's input, and the record of how.

Pillow only, so that it runs in the decoder processes. It neither decodes nor normalises: mean and deviation are
applied where the batch is made.
"""

from dataclasses import dataclass

from PIL import Image

from shared.imaging.geometry import Box, Placement, Region, Size

CHANNELS = 3


@dataclass(frozen=True, slots=True)
class Framing:
    """The part of a manifest's preprocessing that decides which pixels the network sees."""

    resize_short_side: int
    input_size: int


def place(image: Size, framing: Framing) -> Placement:
    """Where the centre square lies, with the roundings of torchvision's Resize and CenterCrop."""
    short = min(image.width, image.height)
    width, height = (int(framing.resize_short_side * side / short) for side in (image.width, image.height))
    left, top = (round((side - framing.input_size) / 2) for side in (width, height))
    across, down = image.width / width, image.height / height
    size = framing.input_size
    return Placement(
        image=image,
        resize=Size(width, height),
        crop=Box(left, top, size, size),
        input_size=size,
        crop_in_image=Region(left * across, top * down, size * across, size * down),
    )


def cut(picture: Image.Image, placement: Placement) -> bytes:
    """The network's input as uint8 RGB [input_size, input_size, 3], row by row.

    `picture` may be a reduced decoding of the stored photo. Resizing only the cut samples the same points as resizing
    everything and cutting afterwards, and a 1x5000 photo costs no more than any other.
    """
    across, down = picture.width / placement.image.width, picture.height / placement.image.height
    region, size = placement.crop_in_image, placement.input_size
    left, top = region.left * across, region.top * down
    right, bottom = left + region.width * across, top + region.height * down
    box = (max(0.0, left), max(0.0, top), min(float(picture.width), right), min(float(picture.height), bottom))
    return picture.resize((size, size), Image.Resampling.BILINEAR, box=box).tobytes()
