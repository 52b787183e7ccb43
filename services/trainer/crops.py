"""What the service would show the network of each photo."""

from collections.abc import Sequence

import numpy as np

from services.inference.model.preprocess import Framing, cut, place
from services.trainer.canvases import Pixels, Progress, open_upright
from services.trainer.photos import Photo
from shared.imaging.geometry import Size


def read_crops(photos: Sequence[Photo], framing: Framing, progress: Progress) -> Pixels:
    """Uint8 [n, size, size, 3], by the inference engine's own preprocessing. Raises BadData."""
    size = framing.input_size
    crops = np.empty((len(photos), size, size, 3), dtype=np.uint8)
    for index, photo in enumerate(progress(photos, len(photos))):
        picture = open_upright(photo.path)
        content = cut(picture, place(Size(picture.width, picture.height), framing))
        crops[index] = np.frombuffer(content, dtype=np.uint8).reshape(size, size, 3)
    return crops
