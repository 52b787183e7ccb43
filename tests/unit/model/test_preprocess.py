import pytest
from PIL import Image

from services.inference.model.preprocess import Framing, cut, place
from shared.imaging.geometry import Size

FRAMING = Framing(resize_short_side=144, input_size=128)


def noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 80).convert("RGB")


@pytest.mark.parametrize("size", [(341, 256), (256, 341), (600, 450), (1000, 999), (144, 144), (100, 90)])
def test_cutting_first_gives_the_pixels_of_resizing_first(size: tuple[int, int]) -> None:
    picture, placement = noise(*size), place(Size(*size), FRAMING)
    whole = picture.resize((placement.resize.width, placement.resize.height), Image.Resampling.BILINEAR)
    box = placement.crop
    expected = whole.crop((box.left, box.top, box.left + box.width, box.top + box.height)).tobytes()
    got = cut(picture, placement)
    assert max(abs(one - other) for one, other in zip(got, expected, strict=True)) <= 1


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (8000, 6000)])
def test_any_shape_is_cut_to_the_input_size(size: tuple[int, int]) -> None:
    placement = place(Size(*size), FRAMING)
    reduced = Image.new("RGB", (max(1, size[0] // 8), max(1, size[1] // 8)), (9, 8, 7))
    assert cut(reduced, placement) == bytes((9, 8, 7)) * 128 * 128
    region = placement.crop_in_image
    assert region.left >= 0
    assert region.left + region.width <= size[0] + 1e-9


def test_the_crop_is_the_centre() -> None:
    placement = place(Size(2000, 1000), FRAMING)
    region = placement.crop_in_image
    assert region.left + region.width / 2 == pytest.approx(1000)
    assert region.top + region.height / 2 == pytest.approx(500)
