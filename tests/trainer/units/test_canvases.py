from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.trainer.canvases import canvas_size, decode, open_upright
from services.trainer.faults import BadData

RED, GREEN, BLUE = (250, 10, 10), (10, 250, 10), (10, 10, 250)
ORIENTATION = 0x0112


def picture(width: int, height: int) -> Image.Image:
    """Red left half, green right half, a blue square in the middle."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height))
    side = min(width, height) // 4
    image.paste(BLUE, (width // 2 - side, height // 2 - side, width // 2 + side, height // 2 + side))
    return image


def near(pixel: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() < 40)


@pytest.mark.parametrize("sides", [(160, 120), (120, 160), (120, 120), (320, 180), (180, 320), (900, 100), (600, 450)])
def test_every_shape_fills_the_canvas_with_its_middle_in_the_middle(tmp_path: Path, sides: tuple[int, int]) -> None:
    picture(*sides).save(tmp_path / "photo.png")
    canvas = decode(tmp_path / "photo.png", 60)
    assert canvas.shape == (60, 80, 3)
    assert canvas.dtype == np.uint8
    assert near(canvas[30, 40], BLUE)
    if sides[0] >= sides[1]:
        assert near(canvas[3, 20], RED)
        assert near(canvas[3, 60], GREEN)
    else:  # turned to lie down: what was right is up
        assert near(canvas[2, 40], GREEN)
        assert near(canvas[57, 40], RED)


def test_a_squares_borders_are_mirrored_not_invented(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (60, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.png")
    canvas = decode(tmp_path / "photo.png", 60)
    assert np.array_equal(canvas[:, 10:70], noise)
    assert np.array_equal(canvas[:, :10], noise[:, 10:0:-1])
    assert np.array_equal(canvas[:, 70:], noise[:, -2:-12:-1])


def test_a_canvas_lies_three_to_four() -> None:
    assert canvas_size(224) == (224, 299)


def test_the_camera_says_which_side_is_up(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 3
    picture(80, 60).save(tmp_path / "photo.jpg", exif=exif, quality=95)
    upright = np.asarray(open_upright(tmp_path / "photo.jpg"))
    assert near(upright[5, 5], GREEN)
    assert near(upright[5, 75], RED)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK"])
def test_every_kind_of_picture_becomes_rgb(tmp_path: Path, mode: str) -> None:
    suffix = "jpg" if mode == "CMYK" else "png"
    picture(80, 60).convert(mode).save(tmp_path / f"photo.{suffix}")
    assert open_upright(tmp_path / f"photo.{suffix}").mode == "RGB"


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"]
)
def test_an_unreadable_photo_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.jpg").write_bytes(content)
    with pytest.raises(BadData, match=r"broken\.jpg: cannot be read as a photo"):
        open_upright(tmp_path / "broken.jpg")


def test_half_a_photo_is_named(tmp_path: Path) -> None:
    Image.effect_noise((200, 200), 80).save(tmp_path / "half.jpg")
    content = (tmp_path / "half.jpg").read_bytes()
    (tmp_path / "half.jpg").write_bytes(content[: len(content) // 2])
    with pytest.raises(BadData, match=r"half\.jpg: cannot be read as a photo"):
        decode(tmp_path / "half.jpg", 60)


def test_a_photo_of_few_pixels_is_named(tmp_path: Path) -> None:
    Image.new("RGB", (200, 15)).save(tmp_path / "thin.png")
    with pytest.raises(BadData, match=r"thin\.png: 200x15 pixels are too few"):
        open_upright(tmp_path / "thin.png")
