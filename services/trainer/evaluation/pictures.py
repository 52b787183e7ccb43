"""Drawn pictures that show no skin, always the same: what a model should notice that it was not made for."""

from collections.abc import Iterator
from random import Random

from PIL import Image, ImageDraw, ImageFilter

SIZE = (320, 240)
Colour = tuple[int, int, int]
_EACH = 10


def no_skin() -> list[tuple[str, Image.Image]]:
    """Sixty RGB pictures, ten of each kind, with the kind's name."""
    kinds = {
        "flat": _flat,
        "gradient": _gradient,
        "noise": _noise,
        "pattern": _pattern,
        "text": _text,
        "scene": _scene,
    }
    return [
        (name, draw(_seeded(f"{name} {number}"), number)) for name, draw in kinds.items() for number in range(_EACH)
    ]


def _seeded(name: str) -> Random:
    return Random(name)  # noqa: S311 - the same pictures every time is what is wanted


def _colour(random: Random) -> Colour:
    return random.randrange(256), random.randrange(256), random.randrange(256)


def _flat(random: Random, number: int) -> Image.Image:
    """Black, white and grey come first: a covered lens, a bright lamp."""
    plain: list[Colour] = [(0, 0, 0), (255, 255, 255), (128, 128, 128)]
    return Image.new("RGB", SIZE, plain[number] if number < len(plain) else _colour(random))


def _gradient(random: Random, number: int) -> Image.Image:
    shade = Image.linear_gradient("L") if number % 2 else Image.radial_gradient("L")
    turned = shade.rotate(random.uniform(0, 360), Image.Resampling.BILINEAR).resize(SIZE)
    return Image.composite(Image.new("RGB", SIZE, _colour(random)), Image.new("RGB", SIZE, _colour(random)), turned)


def _noise(random: Random, number: int) -> Image.Image:
    """Blobs from one pixel to a quarter of the picture."""
    cell = (1, 2, 4, 8, 16, 24, 32, 48, 64, 80)[number]
    width, height = (max(2, side // cell) for side in SIZE)
    coarse = Image.frombytes("RGB", (width, height), random.randbytes(width * height * 3))
    return coarse.resize(SIZE, Image.Resampling.BICUBIC)


def _pattern(random: Random, number: int) -> Image.Image:
    """Stripes, then checkerboards, in ever larger steps."""
    picture = Image.new("RGB", SIZE, _colour(random))
    pen, step, colour = ImageDraw.Draw(picture), 4 + 5 * (number // 2), _colour(random)
    for column, left in enumerate(range(0, SIZE[0], step)):
        for row, top in enumerate(range(0, SIZE[1], step)):
            if (column if number % 2 else column + row) % 2:
                pen.rectangle((left, top, left + step - 1, top + step - 1), fill=colour)
    return picture


def _text(random: Random, number: int) -> Image.Image:
    """A page: dark bars for words, in lines, with a margin."""
    picture = Image.new("RGB", SIZE, (255 - 4 * number, 250, 240))
    pen, height = ImageDraw.Draw(picture), random.randrange(5, 14)
    for top in range(15, SIZE[1] - 15, 2 * height):
        left = 15
        while left < SIZE[0] - 40:
            width = random.randrange(8, 50)
            pen.rectangle((left, top, left + width, top + height), fill=(random.randrange(70),) * 3)
            left += width + height
    return picture


def _scene(random: Random, number: int) -> Image.Image:
    """A landscape for odd numbers, a few things on a table for even ones."""
    picture = _landscape(random) if number % 2 else _table(random)
    return picture.filter(ImageFilter.GaussianBlur(0.8))


def _landscape(random: Random) -> Image.Image:
    picture = Image.new("RGB", SIZE, (110 + random.randrange(80), 170, 235))
    pen, (width, height) = ImageDraw.Draw(picture), SIZE
    pen.ellipse((30, 20, 70, 60), fill=(250, 230, 120))
    for depth in range(3):
        level = height * (0.4 + 0.2 * depth)
        ridge = [(x, level + random.uniform(-25, 25)) for x in range(0, width + 40, 40)]
        pen.polygon([(0, height), *ridge, (width, height)], fill=(40 + 20 * depth, 90 + 35 * depth, 60))
    for left, foot in _spots(random, 6):
        pen.rectangle((left, foot - 25, left + 5, foot), fill=(90, 60, 40))
        pen.ellipse((left - 12, foot - 55, left + 17, foot - 20), fill=(30, 100 + random.randrange(60), 40))
    return picture


def _table(random: Random) -> Image.Image:
    picture = Image.new("RGB", SIZE, _colour(random))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, SIZE[1] // 2, *SIZE), fill=_colour(random))
    for left, top in _spots(random, 5):
        across, down = random.randrange(25, 90), random.randrange(25, 90)
        draw = random.choice((pen.rectangle, pen.ellipse))
        draw((left, top - 60, left + across, top - 60 + down), fill=_colour(random), outline=(20, 20, 20), width=2)
    return picture


def _spots(random: Random, count: int) -> Iterator[tuple[int, int]]:
    for _ in range(count):
        yield random.randrange(10, SIZE[0] - 60), random.randrange(SIZE[1] // 2, SIZE[1] - 10)
