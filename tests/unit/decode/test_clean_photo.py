import io

import pytest
from PIL import Image, ImageCms

from services.inference.clean_photo import clean, read, sniff
from services.inference.model.preprocess import Framing
from shared.errors import ImageTooLarge, UndecodableImage
from tests.unit.decode.pictures import BLUE, GREEN, GREY, RED, encoded, exif, noisy_jpeg, png_bomb, upright

FRAMING = Framing(resize_short_side=144, input_size=128)
WHITE = (255, 255, 255)
Color = tuple[int, int, int]


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def color_at(picture: Image.Image, across: float, down: float) -> Color:
    x, y = int(across * picture.width), int(down * picture.height)
    red, green, blue = picture.convert("RGB").crop((x, y, x + 1, y + 1)).tobytes()
    return red, green, blue


def near(one: Color, other: Color, slack: int = 12) -> bool:
    return all(abs(a - b) <= slack for a, b in zip(one, other, strict=True))


def corners(picture: Image.Image) -> list[Color]:
    return [color_at(picture, x, y) for x, y in ((0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9))]


TURNED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(orientation: int, image_format: str) -> None:
    turn = TURNED[orientation]
    lying = upright() if turn is None else upright().transpose(turn)
    photo = clean(encoded(lying, image_format, exif=exif(orientation)))
    picture = opened(photo.content)
    assert picture.size == (300, 200)
    assert all(near(got, wanted, 30) for got, wanted in zip(corners(picture), (RED, GREEN, BLUE, GREY), strict=True))
    assert read(photo.content, FRAMING).placement.image.width == 300


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_pixels_is_kept(image_format: str) -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">SECRETXMP</x:xmpmeta>'
    options: dict[str, object] = {"exif": exif(), "xmp": xmp}
    if image_format == "JPEG":
        options["comment"] = b"SECRETCOMMENT"
    raw = encoded(upright(), image_format, **options)
    assert b"SECRETCAMERA" in raw
    content = clean(raw).content
    for trace in (b"SECRET", b"Exif", b"eXIf", b"GPS", b"xmpmeta", b"http", b"ICC", b"iTXt", b"tEXt"):
        assert trace not in content
    picture = opened(content)
    assert not picture.getexif()
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}


def test_png_text_and_palettes_go_too() -> None:
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415 - of use here only

    info = PngInfo()
    info.add_text("Comment", "SECRETTEXT")
    content = clean(encoded(upright(), "PNG", pnginfo=info)).content
    assert b"SECRET" not in content


@pytest.mark.parametrize(
    ("image_format", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/jpeg")]
)
def test_png_stays_png_and_the_rest_becomes_jpeg(image_format: str, media_type: str) -> None:
    photo = clean(encoded(upright(), image_format))
    assert (photo.media_type, photo.source_format) == (media_type, image_format)
    assert Image.MIME[opened(photo.content).format or ""] == media_type


def test_a_png_loses_no_pixel() -> None:
    picture = Image.effect_noise((97, 61), 90).convert("RGB")
    assert opened(clean(encoded(picture, "PNG")).content).tobytes() == picture.tobytes()


def test_cmyk_becomes_rgb() -> None:
    picture = opened(clean(encoded(upright().convert("CMYK"))).content)
    assert all(near(got, wanted, 40) for got, wanted in zip(corners(picture), (RED, GREEN, BLUE, GREY), strict=True))


@pytest.mark.parametrize(("level", "grey"), [(0, 0), (257 * 100, 100), (65535, 255)])
def test_sixteen_bits_become_eight(level: int, grey: int) -> None:
    deep = Image.frombytes("I;16", (40, 40), level.to_bytes(2, "little") * 1600)
    assert near(color_at(opened(clean(encoded(deep, "PNG")).content), 0.5, 0.5), (grey,) * 3, 1)


def half_clear(mode: str) -> Image.Image:
    alpha = Image.new("L", (40, 40), 255)
    alpha.paste(0, (20, 0, 40, 40))
    picture = Image.new("RGB", (40, 40), RED)
    picture.putalpha(alpha)
    return picture.convert(mode)


def test_transparency_lies_over_white() -> None:
    paletted = Image.new("P", (40, 40), 0)
    paletted.putpalette([*RED, *GREEN])
    paletted.paste(1, (20, 0, 40, 40))
    grey = half_clear("LA")
    for raw in (encoded(half_clear("RGBA"), "PNG"), encoded(paletted, "PNG", transparency=1), encoded(grey, "PNG")):
        picture = opened(clean(raw).content)
        assert picture.mode == "RGB"
        assert color_at(picture, 0.9, 0.5) == WHITE
    assert near(color_at(opened(clean(encoded(paletted, "PNG", transparency=1)).content), 0.1, 0.5), RED)


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_other_modes_become_rgb(mode: str) -> None:
    assert opened(clean(encoded(upright().convert(mode), "PNG")).content).mode == "RGB"


def test_a_wide_profile_is_converted_and_a_broken_one_ignored() -> None:
    standard = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    renamed = standard.replace("sRGB".encode("utf-16-be"), "xRGB".encode("utf-16-be")).replace(b"sRGB", b"xRGB")
    for profile, colour in ((None, "none"), (standard, "srgb"), (renamed, "converted"), (b"nonsense", "ignored")):
        photo = clean(encoded(upright(), icc_profile=profile))
        assert photo.colour == colour
        assert "icc_profile" not in opened(photo.content).info
        assert near(corners(opened(photo.content))[0], RED)


def test_only_the_first_frame_of_an_animation_counts() -> None:
    raw = encoded(upright(), "WEBP", save_all=True, append_images=[Image.new("RGB", (300, 200), WHITE)], lossless=True)
    assert near(corners(opened(clean(raw).content))[0], RED)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (2, 3)])
def test_odd_sizes_give_pixels(size: tuple[int, int]) -> None:
    pixels = read(clean(encoded(Image.new("RGB", size, RED), "PNG")).content, FRAMING)
    assert (pixels.placement.image.width, pixels.placement.image.height) == size
    assert pixels.measures.short_side_px == min(size)
    assert len(pixels.crop) == 128 * 128 * 3
    assert len(pixels.display) == pixels.display_width * pixels.display_height * 3


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_a_photo_cut_short_anywhere_is_undecodable(image_format: str) -> None:
    raw = encoded(Image.effect_noise((120, 90), 90).convert("RGB"), image_format)
    for length in [*range(40), *range(40, len(raw) - 64, len(raw) // 25)]:
        with pytest.raises(UndecodableImage):
            clean(raw[:length])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 1000,
        b"\xff\xd8\xff" + b"\0" * 1000,
        b"GIF89a" + b"\0" * 100,
        b"%PDF-1.7 " + b"x" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"BM" + b"\0" * 100,
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 200,
        b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 10,
    ],
)
def test_what_is_no_photo_is_undecodable(raw: bytes) -> None:
    with pytest.raises(UndecodableImage):
        clean(raw)


def test_the_bytes_decide_and_not_a_second_format_behind_them() -> None:
    polyglot = noisy_jpeg() + b"PK\x03\x04<script>alert(1)</script>" + encoded(upright(), "PNG")
    content = clean(polyglot).content
    assert opened(content).size == (400, 300)
    assert b"script" not in content
    with pytest.raises(UndecodableImage):
        clean(b"\x89PNG\r\n\x1a\n" + noisy_jpeg())


@pytest.mark.parametrize("size", [(50_000, 50_000), (7072, 7072), (50_000_001, 1)])
def test_more_than_fifty_megapixels_are_too_large(size: tuple[int, int]) -> None:
    with pytest.raises(ImageTooLarge):
        clean(png_bomb(*size))


def test_the_four_formats_are_told_by_their_first_bytes() -> None:
    assert sniff(noisy_jpeg()) == "JPEG"
    assert sniff(b"\0\0\0\x18ftypmif1") == "HEIF"
    with pytest.raises(UndecodableImage):
        sniff(b"\0\0\0\x18ftypavif")


@pytest.mark.parametrize("size", [(341, 256), (2100, 1400)])
def test_reading_again_gives_the_same_pixels(size: tuple[int, int]) -> None:
    content = clean(noisy_jpeg(*size)).content
    assert read(content, FRAMING) == read(content, FRAMING)


def test_a_large_photo_is_cut_as_a_small_one_would_be() -> None:
    fine = Image.radial_gradient("L").resize((3200, 2400), Image.Resampling.BICUBIC).convert("RGB")
    small = fine.resize((400, 300), Image.Resampling.LANCZOS)
    of_fine, of_small = (read(encoded(item, quality=95), FRAMING).crop for item in (fine, small))
    assert max(abs(one - other) for one, other in zip(of_fine, of_small, strict=True)) <= 6
