import random

import pytest
from PIL import Image, ImageFilter

from shared.imaging.contours import SHARES, STRONGEST, coarse, draw_lines, eroded
from shared.imaging.geometry import Size

END = 191


def ramp(width: int, height: int) -> Image.Image:
    """From 0 to the end of the scale, left to right."""
    return Image.frombytes("L", (width, height), bytes(round(END * x / (width - 1)) for x in range(width)) * height)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 2), (40, 31)])
def test_eroding_is_the_least_of_the_neighbours(size: tuple[int, int]) -> None:
    picture = Image.frombytes("L", size, random.Random(3).randbytes(size[0] * size[1]))
    before = picture.tobytes()
    assert eroded(picture).tobytes() == picture.filter(ImageFilter.MinFilter(3)).tobytes()
    assert picture.tobytes() == before


def test_a_line_lies_at_each_share() -> None:
    size = Size(240, 60)
    lines = draw_lines(ramp(coarse(size).width, coarse(size).height), END, size)
    assert lines is not None
    row = lines.coverage.crop((0, 20, lines.coverage.width, 21)).tobytes()
    drawn = [lines.left + x for x, coverage in enumerate(row) if coverage > STRONGEST / 2]
    for share in SHARES:
        near = [x for x in drawn if abs(x - share * size.width) < 6]
        assert 2 <= len(near) <= 6
        drawn = [x for x in drawn if x not in near]
    assert drawn == []
    assert max(row) == STRONGEST


def test_only_the_part_with_lines_is_enlarged_and_it_lies_where_it_belongs() -> None:
    size, middle = Size(300, 240), Image.new("L", (100, 80))
    middle.paste(END, (60, 50, 70, 60))
    lines = draw_lines(middle, END, size)
    assert lines is not None
    assert 30 < lines.coverage.width < 60
    whole = Image.new("L", (size.width, size.height))
    whole.paste(lines.coverage, lines.box)
    box = whole.point([255 * (level > STRONGEST / 2) for level in range(256)]).getbbox()
    assert box is not None
    assert all(abs(found - expected) <= 2 for found, expected in zip(box, (180, 150, 210, 180), strict=True))


def test_nothing_strong_has_no_lines() -> None:
    assert draw_lines(Image.new("L", (20, 20), round(END * 0.4)), END, Size(60, 60)) is None
    assert draw_lines(Image.new("L", (20, 20), END), END, Size(60, 60)) is None


@pytest.mark.parametrize("size", [Size(1, 1), Size(1, 300), Size(300, 1), Size(2, 2)])
def test_pictures_of_any_shape_have_lines_inside(size: Size) -> None:
    small = coarse(size)
    levels = ramp(small.width, small.height) if small.width > 1 else ramp(small.height + 1, 1).resize((1, small.height))
    lines = draw_lines(levels, END, size)
    if lines is not None:
        left, top, right, bottom = lines.box
        assert 0 <= left < right <= size.width
        assert 0 <= top < bottom <= size.height
