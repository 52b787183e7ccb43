import io
import math
import random

import numpy as np
import pytest

from shared.imaging.map_file import ClassMap, MapInvalid, read_maps, write_maps


def some_maps(classes: int = 7, width: int = 4, height: int = 3) -> tuple[ClassMap, ...]:
    rng = random.Random(7)
    return tuple(
        ClassMap(width, height, tuple(rng.randrange(-1024, 1024) / 64 for _ in range(width * height)))
        for _ in range(classes)
    )


def test_what_is_written_is_read_back() -> None:
    maps = some_maps()
    assert read_maps(write_maps(maps)) == maps


def test_the_bytes_are_those_that_numpy_writes() -> None:
    maps = some_maps()
    array = np.array([item.values for item in maps], dtype="<f2").reshape(7, 3, 4)
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=(1, 0))
    assert write_maps(maps) == out.getvalue()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: content.replace(b"<f2", b"<f4"),
        lambda content: content.replace(b"'fortran_order': False", b"'fortran_order': True "),
        lambda content: content.replace(b"(7, 3, 4)", b"(-7, 3, 4"),
        lambda content: content.replace(b"(7, 3, 4)", b"(84, )   "),
        lambda content: content.replace(b"(7, 3, 4), }", b"(99999999999"),
        lambda content: b"\x93NUMPY\x02\x00" + content[8:],
        lambda content: content[:128] + b"\xff\xff" + content[130:],
    ],
)
def test_any_other_bytes_are_refused(spoil: object) -> None:
    assert callable(spoil)
    spoiled = spoil(write_maps(some_maps()))
    with pytest.raises(MapInvalid):
        read_maps(spoiled)


def test_values_that_are_not_finite_or_too_large_are_refused() -> None:
    with pytest.raises(MapInvalid):
        ClassMap(1, 1, (math.nan,))
    with pytest.raises(MapInvalid, match="float16"):
        write_maps([ClassMap(1, 1, (70000.0,))])


def test_the_peak_is_positive_evidence_only() -> None:
    speaks = ClassMap(2, 2, (-1.0, 0.5, 3.0, 2.0))
    silent = ClassMap(2, 1, (-1.0, -2.0))
    assert (speaks.peak, speaks.peak_cell, speaks.empty) == (3.0, (0, 1), False)
    assert (silent.peak, silent.empty) == (0.0, True)


def test_a_contrast_is_what_one_class_has_over_another() -> None:
    one, other = ClassMap(2, 1, (3.0, -1.0)), ClassMap(2, 1, (1.0, 0.5))
    assert one.minus(other) == ClassMap(2, 1, (2.0, -1.5))
    with pytest.raises(MapInvalid, match="differ in size"):
        one.minus(ClassMap(1, 2, (1.0, 0.5)))
