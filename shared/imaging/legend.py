"""The strip of words and scale below an overlay. Drawn with Pillow's own font, so it looks the same everywhere."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, lru_cache

from PIL import Image, ImageDraw, ImageFont

from shared.imaging.colormap import STEPS, Rgb, rgb_steps
from shared.imaging.contours import SHARES
from shared.imaging.heat import full_scale, opacity
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
_KEPT_TEXTS, _KEPT_BARS = 256, 16
"""How many drawn texts (some 10 kB each) and bars (60 kB) are kept: most words are the same under each photo."""
_ELLIPSIS = "\u2026"


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
    lines = _wrapped(caption.sentence, _TEXT, inner)
    scale_height = _SMALL + 8 if evidence.empty else _BAR_HEIGHT + _SMALL + 14
    height = 18 + _TITLE + 14 + scale_height + 12 + len(lines) * (_TEXT + 6) + 6 + _SMALL + 20
    strip = Image.new("RGB", (width, height), PAPER)
    pen = _Pen(strip)
    pen.down(18)
    pen.pair(caption.title, caption.detail)
    pen.down(_TITLE + 14)
    if evidence.empty:
        pen.line(NO_EVIDENCE, _TEXT, _INK)
    else:
        _draw_scale(strip, pen, evidence, _bar(inner, alpha, colormap))
    pen.down(scale_height + 12)
    for line in lines:
        pen.line(line, _TEXT, _INK)
        pen.down(_TEXT + 6)
    pen.down(6)
    pen.line(caption.model if evidence.empty else f"{caption.model} \u00b7 {FRAME}", _SMALL, _QUIET)
    return strip


class _Pen:
    """Writes down a strip, from line to line, and cuts what is too long."""

    def __init__(self, strip: Image.Image) -> None:
        self._strip, self.width, self.y = strip, strip.width, 0

    def down(self, pixels: int) -> None:
        self.y += pixels

    def line(self, text: str, size: int, ink: Rgb) -> None:
        self.write((_MARGIN, self.y), _cut(text, size, self.width - 2 * _MARGIN), size, ink)

    def pair(self, left: str, right: str) -> None:
        """A title, and beside it, aligned to the right edge, a remark."""
        room, base = self.width - 2 * _MARGIN, self.y + _TITLE
        remark = _cut(right, _TEXT, room // 2)
        self.write((self.width - _MARGIN, base), remark, _TEXT, _QUIET, "rs")
        rest = room - _length(remark, _TEXT) - _MARGIN
        fitting = [size for size in _TITLES if _length(left, size) <= rest]
        size = max(fitting, default=min(_TITLES))
        self.write((_MARGIN, base), _cut(left, size, rest), size, _INK, "ls")

    def write(self, at: tuple[int, int], text: str, size: int, ink: Rgb, anchor: str = "la") -> None:
        """A text with its anchor (as Pillow names them) at a point."""
        if text:
            mask, left, top = _written(text, size, anchor)
            self._strip.paste(ink, (at[0] + left, at[1] + top), mask)


def _draw_scale(strip: Image.Image, pen: _Pen, evidence: ClassMap, bar: Image.Image) -> None:
    """The colours as they look over white, from 0 to the end of the scale, with the peak marked."""
    left, right, top = _MARGIN, pen.width - _MARGIN, pen.y
    strip.paste(bar, (left, top))
    base, end = top + _BAR_HEIGHT + 6, full_scale(evidence)
    pen.write((left, base), "0  evidence for this class", _SMALL, _QUIET)
    peak = f"peak {evidence.peak:.2f} logits" if end == evidence.peak else f"{end:.0f} logit (peak {evidence.peak:.2f})"
    pen.write((right, base), peak, _SMALL, _QUIET, "ra")
    room = right - _length(peak, _SMALL) - _GAP
    for share in SHARES:
        at, label = left + round(share * (right - left)), f"{share:.0%}"
        strip.paste(_QUIET, (at, top, at + 1, top + _BAR_HEIGHT + 4))
        if at + _length(label, _SMALL) / 2 < room:
            pen.write((at, base), label, _SMALL, _QUIET, "ma")


@lru_cache(_KEPT_BARS)
def _bar(width: int, alpha: float, colormap: str) -> Image.Image:
    """Never drawn on: threads share it."""
    ramp = Image.new("RGB", (STEPS, 1))
    ramp.putdata(_bar_colors(alpha, colormap))
    bar = ramp.resize((width, _BAR_HEIGHT), Image.Resampling.BILINEAR)
    ImageDraw.Draw(bar).rectangle((0, 0, width - 1, _BAR_HEIGHT - 1), outline=_RULE)
    return bar


def _bar_colors(alpha: float, colormap: str) -> list[Rgb]:
    def over_paper(index: int) -> Rgb:
        share = opacity(index / (STEPS - 1)) / 255 * alpha
        red, green, blue = (round(p + (c - p) * share) for c, p in zip(rgb_steps(colormap)[index], PAPER, strict=True))
        return red, green, blue

    return [over_paper(index) for index in range(STEPS)]


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size=size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("this Pillow was built without FreeType")
    return font


@lru_cache(_KEPT_TEXTS)
def _length(text: str, size: int) -> float:
    return _font(size).getlength(text)


@lru_cache(_KEPT_TEXTS)
def _written(text: str, size: int, anchor: str) -> tuple[Image.Image, int, int]:
    """A text as a mask, and where its corner lies from its anchor. Never drawn on: threads share it."""
    left, top, right, bottom = map(round, _font(size).getbbox(text, anchor=anchor))
    mask = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(mask).text((-left, -top), text, fill=255, font=_font(size), anchor=anchor)
    return mask, left, top


@lru_cache(_KEPT_TEXTS)
def _cut(text: str, size: int, room: float) -> str:
    text = _clean(text)
    if _length(text, size) <= room:
        return text
    length = _font(size).getlength
    fits = bisect_right(range(len(text)), room, key=lambda end: length(text[:end] + _ELLIPSIS))
    return text[: max(0, fits - 1)] + _ELLIPSIS


@lru_cache(_KEPT_TEXTS)
def _wrapped(text: str, size: int, room: float) -> tuple[str, ...]:
    lines = [""]
    for word in _clean(text).split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if _font(size).getlength(longer) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


def _clean(text: str) -> str:
    return " ".join(text.split())
