"""What is measured of pixels, on pictures whose measures are known."""

import pytest
from PIL import Image, ImageFilter

from samples.demo import SAMPLE
from services.inference.model.measures import SIDE, MeasuresInvalid, PixelMeasures, measure
from shared.imaging.geometry import Size


def measures_of(picture: Image.Image) -> PixelMeasures:
    return measure(picture.convert("RGB"), Size(*picture.size))


def flat(grey: int, size: tuple[int, int] = (SIDE, SIDE)) -> Image.Image:
    return Image.new("L", size, grey)


def rows_of(values: list[int], height: int = SIDE) -> Image.Image:
    return Image.frombytes("L", (len(values), height), bytes(values) * height)


@pytest.fixture(scope="module")
def lesion() -> Image.Image:
    with Image.open(SAMPLE) as sample:
        return sample.convert("RGB")


def test_a_uniform_grey_has_no_edges() -> None:
    assert measures_of(flat(90)) == PixelMeasures(SIDE, 0.0, 90.0, 0.0, 0.0)


def test_an_even_slope_has_no_edges() -> None:
    found = measures_of(rows_of(list(range(20, 20 + SIDE))))
    assert found.sharpness == 0.0
    assert found.mean_grey == pytest.approx(20 + (SIDE - 1) / 2)


def test_a_checkerboard_has_the_variance_of_its_steps() -> None:
    """Every Laplacian is four steps of 50, up or down: in percent of the mean of 125, 160 squared."""
    board = Image.new("L", (SIDE, SIDE), 100)
    pixels = [100 + 50 * ((x + y) % 2) for y in range(SIDE) for x in range(SIDE)]
    board.putdata(pixels)
    found = measures_of(board)
    assert found.sharpness == pytest.approx(160.0**2)
    assert found.mean_grey == 125.0


def test_steps_beyond_eight_bits_are_not_cut_off() -> None:
    """Black and white: Laplacians of 4 * 255 either way, in percent of 127.5."""
    board = Image.new("1", (SIDE, SIDE))
    board.putdata([(x + y) % 2 * 255 for y in range(SIDE) for x in range(SIDE)])
    assert measures_of(board).sharpness == pytest.approx(800.0**2)


def test_a_single_line() -> None:
    """One column a tenth brighter than 100: its rows have -20, 10 on both sides, else 0, about a mean of 0."""
    values = [100] * SIDE
    values[SIDE // 2] = 110
    found = measures_of(rows_of(values))
    in_percent = (100 / found.mean_grey) ** 2
    assert found.sharpness == pytest.approx((20**2 + 2 * 10**2) / (SIDE - 2) * in_percent)


@pytest.mark.parametrize(
    ("grey", "dark", "glare"), [(0, 1, 0), (14, 1, 0), (15, 0, 0), (245, 0, 0), (246, 0, 1), (255, 0, 1)]
)
def test_where_dark_ends_and_glare_begins(grey: int, dark: float, glare: float) -> None:
    found = measures_of(flat(grey))
    assert (found.sharpness, found.mean_grey, found.dark_share, found.glare_share) == (0.0, grey, dark, glare)


def test_shares_are_of_the_squares_pixels() -> None:
    values = [5] * (SIDE // 4) + [250] * (SIDE // 8) + [100] * (SIDE - SIDE // 4 - SIDE // 8)
    found = measures_of(rows_of(values))
    assert (found.dark_share, found.glare_share) == (0.25, 0.125)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 1024), (1024, 1), (2, 700)])
def test_pictures_without_an_inside_have_no_sharpness(size: tuple[int, int]) -> None:
    found = measures_of(flat(77, size))
    assert found == PixelMeasures(min(size), 0.0, 77.0, 0.0, 0.0)


def test_the_short_side_is_that_of_the_stored_photo() -> None:
    assert measure(Image.new("RGB", (1024, 512)), Size(4000, 2000)).short_side_px == 2000


@pytest.mark.parametrize("size", [(300, 225), (341, 256), (400, 300), (480, 360), (560, 420)])
def test_sharpness_hardly_depends_on_the_number_of_pixels(lesion: Image.Image, size: tuple[int, int]) -> None:
    smaller = lesion.resize(size, Image.Resampling.LANCZOS)
    found, whole = measures_of(smaller), measures_of(lesion)
    assert found.sharpness == pytest.approx(whole.sharpness, rel=0.15)
    assert found.mean_grey == pytest.approx(whole.mean_grey, abs=0.5)


@pytest.mark.parametrize("light", [0.8, 0.5, 0.3])
def test_less_light_or_darker_skin_is_not_less_sharp(lesion: Image.Image, light: float) -> None:
    darker = lesion.point(lambda value: round(value * light))
    assert measures_of(darker).sharpness == pytest.approx(measures_of(lesion).sharpness, rel=0.05)


def test_the_more_blurred_the_less_sharp(lesion: Image.Image) -> None:
    found = [measures_of(lesion.filter(ImageFilter.GaussianBlur(radius))).sharpness for radius in (0, 3, 6, 12)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 10 * found[-1]


@pytest.mark.parametrize("upright", [False, True])
def test_only_the_centre_square_counts(lesion: Image.Image, *, upright: bool) -> None:
    square = lesion.crop((0, 0, 400, 400))
    wide = Image.new("RGB", (1000, 400), (255, 255, 255))
    wide.paste(square, (300, 0))
    if upright:
        wide, square = (each.transpose(Image.Transpose.ROTATE_90) for each in (wide, square))
    assert measures_of(wide) == measures_of(square)


def test_measures_travel_as_plain_data(lesion: Image.Image) -> None:
    found = measures_of(lesion)
    assert PixelMeasures.from_mapping(found.to_mapping()) == found
    with pytest.raises(MeasuresInvalid):
        PixelMeasures.from_mapping({"sharpness": 1.0})
    with pytest.raises(MeasuresInvalid):
        PixelMeasures.from_mapping({**found.to_mapping(), "skin": 2})
