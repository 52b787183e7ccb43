"""The drawn lesion: the same for the same seed, the committed one up to date, dark in the middle of lighter skin."""

from __future__ import annotations

from typing import Final

import pytest
from PIL import Image, ImageChops, ImageStat

from samples.demo import SAMPLE
from samples.lesion_photo import draw_lesion

LARGEST_SAMPLE: Final = 60_000


def brightness(picture: Image.Image, box: tuple[int, int, int, int]) -> float:
    return float(ImageStat.Stat(picture.convert("L").crop(box)).mean[0])


def test_the_committed_sample_is_what_the_script_draws() -> None:
    assert SAMPLE.stat().st_size < LARGEST_SAMPLE
    with Image.open(SAMPLE) as committed:
        difference = ImageChops.difference(committed.convert("RGB"), draw_lesion())
    assert max(ImageStat.Stat(difference).mean) < 4, "run: python samples/lesion_photo.py samples/lesion.jpg"


def test_the_same_seed_draws_the_same_picture() -> None:
    size = (160, 120)
    assert draw_lesion(3, size).tobytes() == draw_lesion(3, size).tobytes()
    assert draw_lesion(3, size).tobytes() != draw_lesion(4, size).tobytes()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [(320, 240), (240, 320)])
def test_a_dark_lesion_lies_in_lighter_skin(seed: int, size: tuple[int, int]) -> None:
    picture = draw_lesion(seed, size)
    assert picture.size == size
    assert picture.mode == "RGB"
    width, height = size
    middle = brightness(picture, (width * 2 // 5, height * 2 // 5, width * 3 // 5, height * 3 // 5))
    left = brightness(picture, (width // 20, height * 2 // 5, width // 8, height * 3 // 5))
    assert middle < left - 25
