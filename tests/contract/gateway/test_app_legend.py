"""The legend of the phone app shows the colours that the renderer draws with."""

import re
from pathlib import Path

from shared.imaging.colormap import DEFAULT, rgb_steps

SCALE = Path(__file__).parents[3] / "services" / "mobile" / "src" / "theme" / "ember.ts"


def test_the_legend_has_the_colours_of_the_maps() -> None:
    text = SCALE.read_text(encoding="utf-8")
    drawn = rgb_steps(DEFAULT)
    shown = [tuple(bytes.fromhex(colour)) for colour in re.findall(r"'#([0-9a-f]{6})'", text)]
    assert DEFAULT in SCALE.stem
    assert len(shown) == 16
    assert shown == [drawn[round(index * (len(drawn) - 1) / 15)] for index in range(16)]
