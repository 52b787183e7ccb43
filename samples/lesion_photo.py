"""Draw a picture that looks like a dermoscopy of a pigmented lesion, from a seed.

For demonstrations and tests, so that nothing here needs a patient's photo. It is a drawing: it stands for no disease,
and whatever a classifier says about it means nothing.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, TypeAlias

from PIL import Image, ImageChops, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Callable

Colour: TypeAlias = tuple[int, int, int]
Point: TypeAlias = tuple[float, float]

SKIN: Final[Colour] = (222, 170, 160)
FLUSH: Final[Colour] = (205, 132, 128)
TAN: Final[Colour] = (168, 104, 74)
BROWN: Final[Colour] = (112, 62, 42)
DARK: Final[Colour] = (58, 32, 28)
VEIL: Final[Colour] = (112, 98, 108)
HAIR: Final[Colour] = (70, 42, 36)


@dataclass(frozen=True)
class Canvas:
    """The size in pixels, the random numbers and the length unit (a hundredth of the short side) of one picture."""

    size: tuple[int, int]
    random: Random

    @property
    def unit(self) -> float:
        return min(self.size) / 100

    def noise(self, cell: float) -> Image.Image:
        """Return smooth grey noise whose blobs are about `cell` units wide, stretched to the full range."""
        columns, rows = (max(2, round(side / (cell * self.unit))) for side in self.size)
        coarse = Image.frombytes("L", (columns, rows), self.random.randbytes(columns * rows))
        return coarse.resize(self.size, Image.Resampling.BICUBIC)

    def flat(self, colour: Colour) -> Image.Image:
        return Image.new("RGB", self.size, colour)

    def empty_mask(self) -> Image.Image:
        return Image.new("L", self.size, 0)

    def blur(self, image: Image.Image, units: float) -> Image.Image:
        return image.filter(ImageFilter.GaussianBlur(units * self.unit))


def draw_lesion(seed: int = 7, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Return an RGB picture of `size` (width, height) pixels; the same seed and size give the same pixels."""
    canvas = Canvas(size, Random(seed))
    outline = _outline(canvas)
    picture = _skin(canvas)
    picture = _pigment(canvas, picture, outline)
    picture = _network(canvas, picture, outline)
    picture = _structures(canvas, picture, outline)
    picture = _hairs(canvas, picture)
    picture = _grain(canvas, picture)
    return _vignette(canvas, picture)


def _between(low: int, high: int) -> Callable[[int], int]:
    """Return a curve for `Image.point`: 0 below `low`, 255 above `high`, a straight line between."""
    return lambda value: max(0, min(255, round((value - low) * 255 / (high - low))))


def _scaled(factor: float) -> Callable[[int], int]:
    return lambda value: round(value * factor)


def _skin(canvas: Canvas) -> Image.Image:
    """Pink skin: broad flushes, fine pores and the crossing furrows of the surface."""
    flush = ImageChops.add(canvas.noise(22), canvas.noise(7), scale=2)
    skin = Image.composite(canvas.flat(FLUSH), canvas.flat(SKIN), flush.point(_between(95, 230)))
    furrows = canvas.empty_mask()
    pen = ImageDraw.Draw(furrows)
    step = 3.4 * canvas.unit
    for index in range(int(sum(canvas.size) / step) + 1):
        for lean in (-0.55, 0.8):
            start = index * step + canvas.random.uniform(-0.5, 0.5) * step - abs(lean) * canvas.size[1]
            points = [(start + lean * y + canvas.random.gauss(0, 0.5) * canvas.unit, y) for y in _steps(canvas)]
            pen.line(points, fill=canvas.random.randint(30, 90), width=max(1, round(0.35 * canvas.unit)))
    broken = ImageChops.multiply(canvas.blur(furrows, 0.3), canvas.noise(9).point(_between(70, 220)))
    return Image.composite(canvas.flat((240, 205, 196)), skin, broken)


def _steps(canvas: Canvas) -> list[float]:
    return [row * 5 * canvas.unit for row in range(int(canvas.size[1] / (5 * canvas.unit)) + 2)]


def _outline(canvas: Canvas) -> Image.Image:
    """Return the lesion as a soft mask: an egg with notches, so that its two halves do not match."""
    random, (width, height) = canvas.random, canvas.size
    waves = [(order, random.uniform(0.6, 1.1) * 0.34 / order, random.uniform(0, math.tau)) for order in (1, 2, 3, 5, 8)]
    centre = (width * random.uniform(0.46, 0.54), height * random.uniform(0.46, 0.54))
    tilt, radius = random.uniform(0, math.pi), random.uniform(24, 28) * canvas.unit
    points: list[Point] = []
    for step in range(240):
        angle = step * math.tau / 240
        reach = radius * (1 + sum(size * math.sin(order * angle + phase) for order, size, phase in waves))
        along, across = reach * 1.2 * math.cos(angle), reach * 0.92 * math.sin(angle)
        points.append(
            (
                centre[0] + along * math.cos(tilt) - across * math.sin(tilt),
                centre[1] + along * math.sin(tilt) + across * math.cos(tilt),
            ),
        )
    mask = canvas.empty_mask()
    ImageDraw.Draw(mask).polygon(points, fill=255)
    ragged = ImageChops.add(canvas.blur(mask, 4.5), canvas.noise(4).point(_scaled(0.62)), offset=-79)
    return canvas.blur(ragged.point(_between(70, 190)), 0.7)


def _pigment(canvas: Canvas, picture: Image.Image, outline: Image.Image) -> Image.Image:
    """Lay tan, brown and dark pigment in patches that keep off the lesion's centre of symmetry."""
    halo = canvas.blur(outline, 3.5).point(_scaled(0.55))
    picture = Image.composite(canvas.flat(FLUSH), picture, halo)
    picture = Image.composite(canvas.flat(TAN), picture, outline.point(_scaled(0.9)))
    patches = ImageChops.add(canvas.noise(13), canvas.noise(4), scale=2)
    for colour, low, high, strength in ((BROWN, 75, 170, 0.9), (DARK, 135, 195, 0.85)):
        layer = ImageChops.multiply(patches.point(_between(low, high)), canvas.blur(outline, 1.5))
        picture = Image.composite(canvas.flat(colour), picture, layer.point(_scaled(strength)))
    return picture


def _network(canvas: Canvas, picture: Image.Image, outline: Image.Image) -> Image.Image:
    """Draw the pigment network: a brown net whose holes are lighter, dense in places and fading in others."""
    net = Image.new("L", canvas.size, 255)
    pen = ImageDraw.Draw(net)
    pitch = 2.5 * canvas.unit
    for row in range(int(canvas.size[1] / (pitch * 0.87)) + 1):
        for column in range(int(canvas.size[0] / pitch) + 1):
            x = (column + row % 2 / 2 + canvas.random.gauss(0, 0.13)) * pitch
            y = (row * 0.87 + canvas.random.gauss(0, 0.13)) * pitch
            wide, tall = (canvas.random.uniform(0.27, 0.43) * pitch for _ in range(2))
            pen.ellipse((x - wide, y - tall, x + wide, y + tall), fill=0)
    net = _bend(canvas, canvas.blur(net, 0.35))
    where = ImageChops.multiply(canvas.noise(15).point(_between(60, 150)), outline)
    lines = ImageChops.multiply(net, where).point(_scaled(0.55))
    holes = ImageChops.multiply(ImageChops.invert(net), where).point(_scaled(0.22))
    picture = Image.composite(canvas.flat(TAN), picture, holes)
    return Image.composite(canvas.flat(DARK), picture, lines)


def _bend(canvas: Canvas, image: Image.Image) -> Image.Image:
    """Pull the picture out of shape, smoothly: nothing that grows is a perfect lattice."""
    columns, rows = (max(2, round(side / (9 * canvas.unit))) for side in canvas.size)
    width, height = (canvas.size[0] / columns, canvas.size[1] / rows)
    knots = [
        [
            (
                column * width + canvas.random.gauss(0, 0.17) * width,
                row * height + canvas.random.gauss(0, 0.17) * height,
            )
            for column in range(columns + 1)
        ]
        for row in range(rows + 1)
    ]
    mesh = []
    for row in range(rows):
        for column in range(columns):
            box = tuple(
                round(edge) for edge in (column * width, row * height, (column + 1) * width, (row + 1) * height)
            )
            corners = (knots[row][column], knots[row + 1][column], knots[row + 1][column + 1], knots[row][column + 1])
            mesh.append((box, tuple(value for corner in corners for value in corner)))
    return image.transform(canvas.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def _structures(canvas: Canvas, picture: Image.Image, outline: Image.Image) -> Image.Image:
    """Add a blue-grey veil off the middle, and dark globules crowding one side."""
    veil = canvas.noise(17).point(_between(170, 235))
    veil = ImageChops.multiply(veil, canvas.blur(outline, 3).point(_between(150, 250)))
    picture = Image.composite(canvas.flat(VEIL), picture, canvas.blur(veil, 1).point(_scaled(0.6)))
    dots = canvas.empty_mask()
    pen = ImageDraw.Draw(dots)
    side = canvas.random.uniform(0, math.tau)
    for _ in range(60):
        angle, distance = canvas.random.gauss(side, 0.75), canvas.random.uniform(14, 33) * canvas.unit
        x = canvas.size[0] / 2 + distance * math.cos(angle)
        y = canvas.size[1] / 2 + distance * math.sin(angle)
        radius = canvas.random.uniform(0.35, 0.95) * canvas.unit
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=canvas.random.randint(120, 220))
    inside = ImageChops.multiply(canvas.blur(dots, 0.25), canvas.blur(outline, 2).point(_between(60, 160)))
    return Image.composite(canvas.flat(DARK), picture, inside)


def _hairs(canvas: Canvas, picture: Image.Image) -> Image.Image:
    """Lay a few thin bent hairs across."""
    layer = canvas.empty_mask()
    pen = ImageDraw.Draw(layer)
    for _ in range(5):
        x, y = (canvas.random.uniform(-0.1, 1.1) * side for side in canvas.size)
        heading, bend = canvas.random.uniform(0, math.tau), canvas.random.gauss(0, 0.012)
        points: list[Point] = []
        for _ in range(canvas.random.randint(30, 70)):
            points.append((x, y))
            heading += bend
            x, y = x + canvas.unit * math.cos(heading), y + canvas.unit * math.sin(heading)
        pen.line(points, fill=190, width=max(1, round(0.3 * canvas.unit)), joint="curve")
    return Image.composite(canvas.flat(HAIR), picture, canvas.blur(layer, 0.12))


def _grain(canvas: Canvas, picture: Image.Image) -> Image.Image:
    """Modulate the light as uneven skin and a sensor do: broad, fine and per pixel."""
    for cell, depth in ((30, 26), (1.6, 22), (0.5, 14)):
        light = canvas.noise(cell).point(_light(depth))
        picture = ImageChops.multiply(picture, Image.merge("RGB", (light, light, light)))
    return picture.point(_scaled(1.1))


def _light(depth: int) -> Callable[[int], int]:
    return lambda value: 255 - depth + round(value * depth / 255)


def _vignette(canvas: Canvas, picture: Image.Image) -> Image.Image:
    """Darken towards the rim, as the round window of a dermatoscope does."""
    width, height = canvas.size
    reach = 0.465 * math.hypot(width, height)
    disc = Image.new("L", canvas.size, 0)
    box = (width / 2 - reach, height / 2 - reach, width / 2 + reach, height / 2 + reach)
    ImageDraw.Draw(disc).ellipse(box, fill=255)
    shade = Image.radial_gradient("L").resize((round(2.9 * reach),) * 2).point(_between(290, 110))
    left, top = (shade.width - width) // 2, (shade.height - height) // 2
    shade = shade.crop((left, top, left + width, top + height))
    light = ImageChops.multiply(canvas.blur(disc, 2.5), shade)
    return Image.composite(picture, canvas.flat((24, 18, 22)), light)


def _size(text: str) -> tuple[int, int]:
    width, height = (int(part) for part in text.lower().split("x"))
    if min(width, height) < 64:
        raise argparse.ArgumentTypeError("at least 64x64")
    return width, height


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw a synthetic dermoscopy picture.")
    parser.add_argument("output", type=Path, help="file to write; its ending chooses the format")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--size", type=_size, default=(640, 480), help="WIDTHxHEIGHT in pixels (default 640x480)")
    parser.add_argument("--quality", type=int, default=82, help="for JPEG and WebP (default 82)")
    options = parser.parse_args()
    draw_lesion(options.seed, options.size).save(options.output, quality=options.quality)


if __name__ == "__main__":
    main()
