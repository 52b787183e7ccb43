import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image, ImageChops

from samples.lesion_photo import draw_lesion
from services.inference.model.measures import measure
from services.inference.model.preprocess import Framing, place
from shared.imaging.colormap import NAMES, UnknownColormap, rgb_steps
from shared.imaging.display import PhotoUnreadable, display_size, fit, open_display, open_reduced
from shared.imaging.geometry import Geometry, Size
from shared.imaging.heat import area_in, heat_image, opacity, render_heatmap16, render_layer
from shared.imaging.legend import Caption
from shared.imaging.map_file import ClassMap
from shared.imaging.overlay import render_overlay

CAPTION = Caption("Melanoma", "model 0123456789ab", "Where the model looked, not where disease is.", "probability 0.50")
RAMP = ClassMap(4, 4, tuple(float(column) for _ in range(4) for column in range(4)))
SILENT = ClassMap(4, 4, (-1.0,) * 16)


def geometry_of(width: int, height: int) -> Geometry:
    return Geometry(place(Size(width, height), Framing(144, 128)), Size(4, 4), 32, ("mel",))


def a_photo(width: int = 341, height: int = 256) -> Image.Image:
    return Image.radial_gradient("L").resize((width, height)).convert("RGB")


def decoded(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def decoded_layer(content: bytes) -> Image.Image:
    """As a browser shows it."""
    return decoded(content).convert("RGBA")


def alpha_at(layer: Image.Image, x: float, y: float) -> int:
    return layer.getchannel("A").crop((round(x), round(y), round(x) + 1, round(y) + 1)).tobytes()[0]


def grey_at(picture: Image.Image, x: int, y: int) -> int:
    return picture.convert("L").crop((x, y, x + 1, y + 1)).tobytes()[0]


def test_a_layer_has_the_photos_aspect_and_is_clear_outside_the_crop() -> None:
    geometry = geometry_of(800, 400)
    layer = decoded_layer(render_layer(ClassMap(4, 4, (5.0,) * 16), geometry))
    assert layer.size == (512, 256)
    left, top, width, height = area_in(geometry, Size(512, 256))
    outside = layer.getchannel("A")
    outside.paste(0, (left, top, left + width, top + height))
    assert outside.getextrema() == (0, 0)
    assert alpha_at(layer, left + width / 2, top + height / 2) > 100


def test_opacity_grows_with_evidence_and_never_hides_the_lesion() -> None:
    levels = [opacity(step / 100) for step in range(101)]
    assert levels == sorted(levels)
    assert levels[0] == 0
    assert 100 < levels[-1] < 200
    layer = heat_image(RAMP, geometry_of(256, 256), Size(256, 256)).convert("RGBA")
    across = [alpha_at(layer, x, 128) for x in (50, 110, 150, 200)]
    assert across == sorted(across)


def test_no_positive_evidence_is_a_clear_layer() -> None:
    layer = decoded_layer(render_layer(SILENT, geometry_of(341, 256)))
    assert layer.getchannel("A").getextrema() == (0, 0)


def test_next_to_no_evidence_is_not_blown_up() -> None:
    faint = decoded_layer(render_layer(ClassMap(4, 4, (0.04,) * 16), geometry_of(341, 256)))
    assert faint.getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize("name", NAMES)
def test_the_strongest_cell_is_where_the_colour_is(name: str) -> None:
    values = [0.0] * 16
    values[4 * 1 + 2] = 3.0
    geometry = geometry_of(400, 300)
    layer = heat_image(ClassMap(4, 4, tuple(values)), geometry, Size(400, 300), name).convert("RGBA")
    x, y = geometry.cell_centre(2, 1)
    assert alpha_at(layer, x, y) > 120
    assert alpha_at(layer, *geometry.cell_centre(0, 3)) == 0


def test_a_heatmap_is_data_in_sixteen_bits() -> None:
    heatmap = render_heatmap16(ClassMap(2, 2, (-1.0, 0.0, 1.0, 4.0)))
    picture = decoded(heatmap.png)
    assert (picture.size, heatmap.maximum) == ((2, 2), 4.0)
    assert [picture.getpixel(at) for at in ((0, 0), (1, 0), (0, 1), (1, 1))] == [0, 0, 16384, 65535]
    assert render_heatmap16(SILENT).maximum == 0.0


def test_an_overlay_keeps_the_photo_under_the_evidence() -> None:
    photo = a_photo(800, 600)
    page = decoded(render_overlay(photo, RAMP, geometry_of(800, 600), CAPTION))
    assert page.format == "JPEG"
    assert page.width == 800
    assert page.height > 600
    plain = decoded(render_overlay(photo, RAMP, geometry_of(800, 600), CAPTION, alpha=0.0))
    inside = (450, 180, 640, 360)
    assert page.crop(inside) != plain.crop(inside)
    assert grey_at(page, 400, 300) < grey_at(page, 10, 10)


def test_an_empty_map_leaves_the_photo_untouched() -> None:
    photo = a_photo(880, 660)
    page = decoded(render_overlay(photo, SILENT, geometry_of(880, 660), CAPTION)).convert("RGB")
    changed = ImageChops.difference(page.crop((0, 0, 880, 650)), photo.crop((0, 0, 880, 650))).convert("L")
    assert max(changed.tobytes()) <= 4  # what JPEG costs


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3000, 40), (256, 341)])
def test_photos_of_any_shape_are_drawn(size: tuple[int, int]) -> None:
    geometry = geometry_of(*size)
    shown = display_size(Size(*size))
    page = decoded(render_overlay(a_photo(shown.width, shown.height), RAMP, geometry, CAPTION))
    layer = decoded_layer(render_layer(RAMP, geometry))
    assert max(page.size) <= 1400
    assert max(layer.size) <= 512


def test_long_words_are_cut_and_wrapped() -> None:
    endless = Caption("word " * 60, "m" * 300, "sentence " * 60, "d" * 200)
    assert decoded(render_overlay(a_photo(), SILENT, geometry_of(341, 256), endless)).width == 800


def test_alpha_and_colormap_are_checked() -> None:
    with pytest.raises(ValueError, match="alpha"):
        render_overlay(a_photo(), RAMP, geometry_of(341, 256), CAPTION, alpha=1.5)
    with pytest.raises(UnknownColormap):
        render_layer(RAMP, geometry_of(341, 256), colormap="jet")


def test_display_size_keeps_the_aspect_and_never_enlarges() -> None:
    assert display_size(Size(4000, 3000)) == Size(1024, 768)
    assert display_size(Size(341, 256)) == Size(341, 256)
    assert display_size(Size(1, 5000)) == Size(1, 1024)


def test_a_stored_photo_is_opened_at_display_size() -> None:
    out = io.BytesIO()
    a_photo(2600, 1300).save(out, "JPEG")
    assert open_display(out.getvalue()).size == (1024, 512)
    for content in (b"", b"nothing", out.getvalue()[:5000]):
        with pytest.raises(PhotoUnreadable):
            open_display(content)


@pytest.mark.parametrize(("wanted", "decoded"), [(0.51, 2000), (0.5, 1000), (0.25, 500), (0.1, 250)])
def test_a_large_jpeg_is_decoded_no_larger_than_needed(wanted: float, decoded: int) -> None:
    out = io.BytesIO()
    Image.radial_gradient("L").resize((2000, 1000)).convert("RGB").save(out, "JPEG")
    first, again = (open_reduced(out.getvalue(), lambda _: wanted) for _ in range(2))
    assert (first[0].width, first[1]) == (decoded, Size(2000, 1000))
    assert first[0].tobytes() == again[0].tobytes()


def test_the_display_size_keeps_the_sharpness_that_is_measured() -> None:
    full = Size(1500, 1125)
    photo = Image.blend(
        draw_lesion(3, (500, 375)).resize((1500, 1125)), Image.effect_noise((1500, 1125), 60).convert("RGB"), 0.2
    )
    finest = photo.resize((1024, 768), Image.Resampling.LANCZOS)
    assert measure(fit(photo, full), full).sharpness == pytest.approx(measure(finest, full).sharpness, rel=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_of_256_colours_loses_nothing(name: str) -> None:
    geometry = geometry_of(341, 256)
    content = render_layer(RAMP, geometry, colormap=name)
    assert decoded(content).mode == "P"
    drawn = heat_image(RAMP, geometry, Size(341, 256), name)
    assert decoded_layer(content).tobytes() == drawn.convert("RGBA").tobytes()


def test_full_evidence_has_the_last_colour_and_lines_stand_out() -> None:
    geometry = geometry_of(400, 300)
    layer = heat_image(RAMP, geometry, Size(400, 300)).convert("RGBA")
    x, y = geometry.cell_centre(3, 1)
    strongest = layer.crop((round(x) + 20, round(y), round(x) + 21, round(y) + 1)).tobytes()
    assert strongest == bytes((*rgb_steps("ember")[-1], opacity(1.0)))
    across = [alpha_at(layer, column, y) for column in range(round(x) + 20)]
    assert max(across) > 200 > opacity(1.0)
    assert across.index(max(across)) < x


def test_threads_draw_the_same() -> None:
    jobs = [(a_photo(*size), geometry_of(*size), name) for size in ((341, 256), (90, 30)) for name in NAMES[:2]]

    def draw(job: tuple[Image.Image, Geometry, str]) -> tuple[bytes, bytes]:
        photo, geometry, name = job
        overlay = render_overlay(photo, RAMP, geometry, CAPTION, colormap=name)
        return overlay, render_layer(RAMP, geometry, colormap=name)

    alone = [draw(job) for job in jobs]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(draw, jobs)) == alone


def test_a_photo_given_is_not_drawn_on() -> None:
    photo = a_photo(900, 700)
    before = photo.tobytes()
    render_overlay(photo, RAMP, geometry_of(900, 700), CAPTION)
    assert photo.tobytes() == before
