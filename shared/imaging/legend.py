"""The strip of words and scale below an overlay. Drawn with Pillow's own font, so it looks the same everywhere."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from shared.imaging.colormap import STEPS, rgb_steps
from shared.imaging.heat import CONTOURS, full_scale, opacity
from shared.imaging.map_file import ClassMap

NO_EVIDENCE = "No positive evidence for this class: nothing is coloured."
FRAME = "frame: the part of the photo that the model saw"
PAPER = (250, 249, 247)
_INK, _QUIET, _RULE = (28, 27, 31), (99, 96, 104), (208, 204, 198)
_MARGIN = 24
_TITLE, _TEXT, _SMALL = 27, 17, 14
_TITLES = (27, 23, 19)
_BAR_HEIGHT = 16
_GAP = 8
_ELLIPSIS = "\u2026"

_Font = ImageFont.FreeTypeFont


@dataclass(frozen=True, slots=True)
class Caption:
    """The words of a legend. `sentence` comes from the model's manifest; `model` is its name and version."""

    title: str
    model: str
    sentence: str
    detail: str = ""


def draw_legend(width: int, evidence: ClassMap, caption: Caption, alpha: float, colormap: str) -> Image.Image:
    """A strip of `width` pixels, as high as its words need. Raises UnknownColormap."""
    inner = width - 2 * _MARGIN
    lines = _wrapped(caption.sentence, _font(_TEXT), inner)
    scale_height = _SMALL + 8 if evidence.empty else _BAR_HEIGHT + _SMALL + 14
    height = 18 + _TITLE + 14 + scale_height + 12 + len(lines) * (_TEXT + 6) + 6 + _SMALL + 20
    strip = Image.new("RGB", (width, height), PAPER)
    pen = _Pen(ImageDraw.Draw(strip), width)
    pen.down(18)
    pen.pair(caption.title, caption.detail)
    pen.down(_TITLE + 14)
    if evidence.empty:
        pen.line(NO_EVIDENCE, _TEXT, _INK)
    else:
        _draw_scale(strip, pen, evidence, _bar_colors(alpha, colormap))
    pen.down(scale_height + 12)
    for line in lines:
        pen.line(line, _TEXT, _INK)
        pen.down(_TEXT + 6)
    pen.down(6)
    pen.line(caption.model if evidence.empty else f"{caption.model} \u00b7 {FRAME}", _SMALL, _QUIET)
    return strip


class _Pen:
    """Writes down a strip, from line to line, and cuts what is too long."""

    def __init__(self, draw: ImageDraw.ImageDraw, width: int) -> None:
        self.draw, self.width, self.y = draw, width, 0

    def down(self, pixels: int) -> None:
        self.y += pixels

    def line(self, text: str, size: int, ink: tuple[int, int, int]) -> None:
        font = _font(size)
        self.draw.text((_MARGIN, self.y), _cut(text, font, self.width - 2 * _MARGIN), fill=ink, font=font)

    def pair(self, left: str, right: str) -> None:
        """A title, and beside it, aligned to the right edge, a remark."""
        small, room = _font(_TEXT), self.width - 2 * _MARGIN
        remark = _cut(right, small, room // 2)
        end = self.width - _MARGIN
        self.draw.text((end, self.y + _TITLE), remark, fill=_QUIET, font=small, anchor="rs")
        rest = room - small.getlength(remark) - _MARGIN
        fitting = [size for size in _TITLES if _font(size).getlength(left) <= rest]
        font = _font(max(fitting, default=min(_TITLES)))
        self.draw.text((_MARGIN, self.y + _TITLE), _cut(left, font, rest), fill=_INK, font=font, anchor="ls")


def _draw_scale(strip: Image.Image, pen: _Pen, evidence: ClassMap, colors: list[tuple[int, int, int]]) -> None:
    """The colours as they look over white, from 0 to the end of the scale, with the peak marked."""
    left, right, top = _MARGIN, pen.width - _MARGIN, pen.y
    ramp = Image.new("RGB", (STEPS, 1))
    ramp.putdata(colors)
    strip.paste(ramp.resize((right - left, _BAR_HEIGHT), Image.Resampling.BILINEAR), (left, top))
    pen.draw.rectangle((left, top, right - 1, top + _BAR_HEIGHT - 1), outline=_RULE)
    font, base = _font(_SMALL), top + _BAR_HEIGHT + 6
    end = full_scale(evidence)
    pen.draw.text((left, base), "0  evidence for this class", fill=_QUIET, font=font)
    peak = f"peak {evidence.peak:.2f} logits" if end == evidence.peak else f"{end:.0f} logit (peak {evidence.peak:.2f})"
    pen.draw.text((right, base), peak, fill=_QUIET, font=font, anchor="ra")
    room = right - font.getlength(peak) - _GAP
    for share in CONTOURS:
        at, label = left + round(share * (right - left)), f"{share:.0%}"
        pen.draw.line((at, top, at, top + _BAR_HEIGHT + 3), fill=_QUIET)
        if at + font.getlength(label) / 2 < room:
            pen.draw.text((at, base), label, fill=_QUIET, font=font, anchor="ma")


def _bar_colors(alpha: float, colormap: str) -> list[tuple[int, int, int]]:
    def over_paper(index: int) -> tuple[int, int, int]:
        share = opacity(index / (STEPS - 1)) / 255 * alpha
        red, green, blue = (round(p + (c - p) * share) for c, p in zip(rgb_steps(colormap)[index], PAPER, strict=True))
        return red, green, blue

    return [over_paper(index) for index in range(STEPS)]


@cache
def _font(size: int) -> _Font:
    font = ImageFont.load_default(size=size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("this Pillow was built without FreeType")
    return font


def _clean(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str, font: _Font, room: float) -> str:
    text = _clean(text)
    if font.getlength(text) <= room:
        return text
    fits = bisect_right(range(len(text)), room, key=lambda end: font.getlength(text[:end] + _ELLIPSIS))
    return text[: max(0, fits - 1)] + _ELLIPSIS


def _wrapped(text: str, font: _Font, room: float) -> list[str]:
    lines = [""]
    for word in _clean(text).split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
