import json

import pytest

from services.inference.model.preprocess import Framing, place
from shared.imaging.geometry import Geometry, GeometryInvalid, Size

LABELS = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")


def a_geometry() -> Geometry:
    return Geometry(place(Size(341, 256), Framing(144, 128)), Size(4, 4), 32, LABELS)


def test_it_survives_its_file() -> None:
    assert Geometry.from_json(a_geometry().to_json()) == a_geometry()


def test_the_file_holds_what_a_reader_needs() -> None:
    content = json.loads(a_geometry().to_json())
    assert content["image"] == {"width": 341, "height": 256}
    assert content["resize"] == {"width": 191, "height": 144}
    assert content["crop"] == {"left": 32, "top": 8, "width": 128, "height": 128}
    assert content["map"] == {"width": 4, "height": 4}
    assert (content["input_size"], content["stride"], content["labels"]) == (128, 32, list(LABELS))
    assert content["crop_in_image"]["left"] == pytest.approx(32 * 341 / 191)


def test_a_cell_is_found_in_the_photo() -> None:
    x, y = a_geometry().cell_centre(0, 3)
    assert x == pytest.approx((32 + 16) * 341 / 191)
    assert y == pytest.approx((8 + 112) * 256 / 144)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"null", a_geometry().to_json().replace(b'"width":341', b'"width":0')]
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(GeometryInvalid):
        Geometry.from_json(content)
