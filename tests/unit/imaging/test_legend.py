from concurrent.futures import ThreadPoolExecutor

from PIL import Image, ImageDraw, ImageFont

from shared.imaging.legend import PAPER, Caption, _bar, _cut, _length, _wrapped, _written, draw_legend
from shared.imaging.map_file import ClassMap

CAPTION = Caption("Melanoma", "model 0123456789ab", "Where the model looked, not where disease is.", "probability 50%")
FIRST, SECOND = ClassMap(2, 2, (0.0, 1.0, 2.0, 3.0)), ClassMap(2, 2, (0.0, 1.0, 2.0, 7.25))
SILENT = ClassMap(2, 2, (-1.0,) * 4)


def drawn(evidence: ClassMap = FIRST, caption: Caption = CAPTION, width: int = 800) -> Image.Image:
    return draw_legend(width, evidence, caption, 0.8, "ember")


def test_what_is_kept_is_not_drawn_on() -> None:
    first = drawn()
    before = first.tobytes()
    first.paste((255, 0, 0), (0, 0, *first.size))
    drawn(SECOND)
    drawn(SILENT)
    assert drawn().tobytes() == before


def test_a_kept_text_is_the_text_as_pillow_draws_it() -> None:
    title = Caption("Vascular lesion", "", "", "")
    for _ in range(2):
        strip = drawn(SILENT, title)
        plain = Image.new("RGB", strip.size, PAPER)
        font = ImageFont.load_default(size=27)
        ImageDraw.Draw(plain).text((24, 18 + 27), title.title, fill=(28, 27, 31), font=font, anchor="ls")
        upper = (0, 0, 800, 55)
        assert strip.crop(upper).tobytes() == plain.crop(upper).tobytes()


def test_numbers_are_drawn_anew() -> None:
    one, other = drawn(FIRST), drawn(SECOND)
    assert one.size == other.size
    assert one.tobytes() != other.tobytes()
    assert drawn(caption=Caption("Melanoma", CAPTION.model, CAPTION.sentence, "probability 51%")) != one


def test_threads_draw_the_same() -> None:
    captions = [Caption(f"class {n % 3}", "model", "A sentence of some words.", f"probability {n}%") for n in range(9)]
    alone = [drawn(caption=caption).tobytes() for caption in captions]
    _written.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda caption: drawn(caption=caption).tobytes(), captions * 2))
    assert together == alone * 2


def test_what_is_kept_is_bounded() -> None:
    for number in range(400):
        _written(str(number), 14, "la")
    for width in range(1, 40):
        _bar(width, 0.5, "tide")
    assert (_written.cache_info().currsize, _bar.cache_info().currsize) == (256, 16)
    for kept in (_cut, _wrapped, _length):
        assert 0 < (kept.cache_info().maxsize or 0) <= 256
