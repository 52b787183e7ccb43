"""The corpus of hostile files through the gateway's look at the header and the worker's decoder process, as they are.

Each file ends in a refusal with a known code or in a clean picture. One decoder process has them all: none may
end it, none may take long or much memory. The limits that are asserted are tighter than those that end a decoder.
"""

import io
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from services.gateway.http_errors import TABLE
from services.gateway.submissions.photo import inspect
from services.inference.decode import POOL, CleanImage, Decoder
from services.inference.decoder_process import MEMORY_LIMIT
from services.inference.model.preprocess import Framing
from shared.errors import DecoderCrashed, LesionlensError
from tests.security import hostile_images
from tests.security.hostile_images import SCRIPT, Hostile
from tests.security.jpeg_and_png import encoded, picture, with_scans

FRAMING: Final = Framing(resize_short_side=144, input_size=128)
MAX_PIXELS: Final = 50_000_000
DOOR_S: Final = 1.0
# Of one photo; 48 megapixels with alpha take the longest. A test machine with other work to do is slower than a server.
DECODE_S: Final = 8.0
SMALL_S: Final = 2.0
SMALL_MIB: Final = 200
LARGE: Final = 3_000_000  # pixels
CORPUS: Final = tuple(hostile_images.every())
HEADERS_OF_FORMATS: Final = {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG"}


@dataclass
class Outcome:
    """What became of a file: the gateway's code, else the decoder's, else the clean picture; and what that took."""

    door: str | None
    door_s: float
    code: str | None = None
    image: CleanImage | None = None
    decode_s: float = 0.0
    peak_mib: int = 0


@dataclass
class Lab:
    decoder: Decoder
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def peak_mib(self) -> int:
        """The largest that a decoder process has been since `forget`, resident."""
        return max(
            int(line.split()[1]) // 1024
            for pid in self.decoder.process_ids()
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if line.startswith("VmHWM")
        )

    def forget_peak(self) -> None:
        for pid in self.decoder.process_ids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def put_through(self, content: bytes) -> Outcome:
        began = time.monotonic()
        door = self._door(content)
        outcome = Outcome(door, time.monotonic() - began)
        # Whatever the gateway says: the decoder does not rely on it.
        self.forget_peak()
        began = time.monotonic()
        try:
            outcome.image = self.decoder.decode(content, FRAMING)
        except LesionlensError as error:
            outcome.code = error.code
        outcome.decode_s = time.monotonic() - began
        outcome.peak_mib = self.peak_mib()
        return outcome

    def _door(self, content: bytes) -> str | None:
        try:
            inspect(io.BytesIO(content), MAX_PIXELS)
        except LesionlensError as error:
            return error.code
        return None


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The whole corpus, put through once."""
    with Decoder() as decoder:
        decoder.decode(encoded(picture()), FRAMING)
        before = decoder.process_ids()
        lab = Lab(decoder)
        for each in CORPUS:
            lab.outcomes[each.name] = lab.put_through(each.content)
        assert decoder.process_ids() == before, "a file ended its decoder"
        yield lab


def test_the_corpus_is_one() -> None:
    assert len({each.name for each in CORPUS}) == len(CORPUS) > 250
    assert max(len(each.content) for each in CORPUS) <= 15_000_000, "the gateway takes no more"


def test_each_ends_in_a_picture_or_in_a_refusal_that_was_expected(lab: Lab) -> None:
    wrong = {}
    for each in CORPUS:
        found = lab.outcomes[each.name]
        code = found.door or found.code
        if code is not None:
            good = code in each.codes
        elif found.image is None:
            good = False
        else:
            size = (found.image.placement.image.width, found.image.placement.image.height)
            good = size == each.size or "any size" in each.codes
        if not good:
            wrong[each.name] = code or "a picture"
    assert wrong == {}


def test_what_can_be_seen_in_the_header_is_refused_by_the_gateway_in_words_of_its_table(lab: Lab) -> None:
    through = [each.name for each in CORPUS if each.at_the_door and lab.outcomes[each.name].door is None]
    assert through == []
    assert {found.door for found in lab.outcomes.values() if found.door} <= set(TABLE)


def test_the_decoder_refuses_by_itself_what_the_gateway_refuses(lab: Lab) -> None:
    """In case that something gets past the gateway: a direct upload that was looked at a moment too early."""
    refused = {name: found for name, found in lab.outcomes.items() if found.door is not None}
    assert refused
    assert {found.code for found in refused.values()} <= {"undecodable_image", "image_too_large"}


def test_none_ends_its_decoder(lab: Lab) -> None:
    assert [name for name, found in lab.outcomes.items() if found.code == DecoderCrashed.code] == []
    assert len(lab.decoder.process_ids()) <= POOL


def test_none_takes_long(lab: Lab) -> None:
    times = {name: (found.door_s, found.decode_s) for name, found in lab.outcomes.items()}
    assert {name: at for name, at in times.items() if at[0] > DOOR_S or at[1] > DECODE_S} == {}
    small = {each.name for each in CORPUS if not pixels(each) > LARGE}
    assert {name: at for name, at in times.items() if name in small and at[1] > SMALL_S} == {}


def test_none_takes_much_memory(lab: Lab) -> None:
    peaks = {name: found.peak_mib for name, found in lab.outcomes.items()}
    assert max(peaks.values()) < MEMORY_LIMIT >> 20
    small = {each.name for each in CORPUS if not pixels(each) > LARGE}
    assert {name: peak for name, peak in peaks.items() if name in small and peak > SMALL_MIB} == {}


def pixels(each: Hostile) -> int:
    """How many there are to decode; of what claims too many, none."""
    return each.size[0] * each.size[1] if each.size else 0


def test_what_comes_out_is_a_plain_picture_and_nothing_else(lab: Lab) -> None:
    pictures = {name: found.image for name, found in lab.outcomes.items() if found.image is not None}
    assert len(pictures) > 60
    for name, image in pictures.items():
        assert SCRIPT not in image.clean, name
        assert b"alert(" not in image.clean, name
        assert b"PK\x03\x04" not in image.clean, name
        assert image.media_type in {"image/jpeg", "image/png"}, name
        with Image.open(io.BytesIO(image.clean)) as kept:
            assert image.clean.startswith(HEADERS_OF_FORMATS[str(kept.format)]), name
            assert (kept.mode, set(kept.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}) == ("RGB", set())
            assert kept.size == (image.placement.image.width, image.placement.image.height), name
            assert getattr(kept, "n_frames", 1) == 1, name
            assert not kept.getexif(), name
        assert all(math.isfinite(value) for value in image.measures.to_mapping().values()), name


def test_scans_without_end_cost_the_photo_and_nobody_else() -> None:
    """Thousands of passes over the same pixels in a few kilobytes: what the clock alone can stop."""
    bomb = with_scans(3000, 3000, 6000)
    assert len(bomb) < 1_000_000
    assert inspect(io.BytesIO(bomb), MAX_PIXELS) == "image/jpeg"
    with Decoder(wall_limit_s=0.7) as decoder:
        began = time.monotonic()
        with pytest.raises(DecoderCrashed, match="too long"):
            decoder.decode(bomb, FRAMING)
        assert time.monotonic() - began < 5
        good = decoder.decode(encoded(picture(200, 150)), FRAMING)
        assert (good.placement.image.width, good.placement.image.height) == (200, 150)
