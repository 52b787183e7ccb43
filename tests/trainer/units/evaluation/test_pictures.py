from collections import Counter

import numpy as np

from services.trainer.evaluation.pictures import SIZE, no_skin


def test_the_same_sixty_pictures_every_time_no_two_alike() -> None:
    first, again = no_skin(), no_skin()
    contents = [picture.tobytes() for _, picture in first]
    assert contents == [picture.tobytes() for _, picture in again]
    assert len(set(contents)) == len(contents) == 60
    assert {picture.size for _, picture in first} == {SIZE}
    assert {picture.mode for _, picture in first} == {"RGB"}


def test_they_vary_in_kind_brightness_and_detail() -> None:
    pictures = no_skin()
    assert set(Counter(kind for kind, _ in pictures).values()) == {10}
    pixels = [np.asarray(picture, dtype=np.int16) for _, picture in pictures]
    brightness = np.array([each.mean() for each in pixels])
    detail = np.array([np.abs(np.diff(each, axis=1)).mean() for each in pixels])
    assert (brightness.min(), brightness.max()) == (0, 255)
    assert brightness.std() > 30
    assert detail.min() == 0
    assert detail.max() > 40
