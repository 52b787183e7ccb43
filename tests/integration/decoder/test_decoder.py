import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.inference.decode import Decoder
from services.inference.model.measures import measure
from services.inference.model.preprocess import Framing
from shared.errors import DecoderCrashed, ImageTooLarge, UndecodableImage
from tests.unit.decode.pictures import encoded, noisy_jpeg, png_bomb, upright

FRAMING = Framing(resize_short_side=144, input_size=128)


def ended(pid: int, within_s: float = 20.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.01)
    return False


def test_a_first_run_and_a_re_run_see_the_same_pixels(decoder: Decoder) -> None:
    first = decoder.decode(noisy_jpeg(2100, 1575), FRAMING)  # large enough to be read at half its size
    again = decoder.read(first.clean, FRAMING)
    assert again.crop == first.crop
    assert again.placement == first.placement
    assert again.measures == first.measures == measure(first.display, first.placement.image)
    assert again.display.tobytes() == first.display.tobytes()
    assert again.display.size == (1024, 768)


def test_errors_arrive_by_name_and_cost_no_process(decoder: Decoder) -> None:
    decoder.decode(noisy_jpeg(), FRAMING)
    before = decoder.process_ids()
    with pytest.raises(UndecodableImage):
        decoder.decode(b"no photo", FRAMING)
    with pytest.raises(UndecodableImage):
        decoder.read(noisy_jpeg()[:900], FRAMING)
    with pytest.raises(ImageTooLarge):
        decoder.decode(png_bomb(), FRAMING)
    assert decoder.process_ids() == before


def test_a_burst_is_served_and_nobody_gets_anothers_photo(decoder: Decoder) -> None:
    photos = [encoded(upright(200 + index, 150)) for index in range(32)]
    with ThreadPoolExecutor(32) as pool:
        images = list(pool.map(lambda raw: decoder.decode(raw, FRAMING), photos))
    assert [image.placement.image.width for image in images] == [200 + index for index in range(32)]
    assert len(decoder.process_ids()) <= 2


def test_a_decoder_killed_at_work_costs_nobody_a_result() -> None:
    large, small = noisy_jpeg(2500, 2000), encoded(upright())
    with Decoder() as pool, ThreadPoolExecutor(1) as beside:
        pool.decode(small, FRAMING)
        [victim] = pool.process_ids()
        working = beside.submit(pool.decode, large, FRAMING)
        time.sleep(0.05)  # somewhere in the middle; wherever it is, the outcome is the same
        os.kill(victim, signal.SIGKILL)
        assert pool.decode(small, FRAMING).placement.image.width == 300
        assert working.result().placement.image.width == 2500
        assert victim not in pool.process_ids()


def test_a_decoder_that_died_idle_is_replaced() -> None:
    with Decoder() as pool:
        pool.decode(encoded(upright()), FRAMING)
        [victim] = pool.process_ids()
        os.kill(victim, signal.SIGKILL)
        assert pool.decode(encoded(upright()), FRAMING).placement.image.width == 300


def test_a_photo_that_takes_too_long_twice_is_to_blame() -> None:
    with Decoder(wall_limit_s=0.0005) as pool:
        with pytest.raises(DecoderCrashed, match="too long"):
            pool.decode(noisy_jpeg(1600, 1200), FRAMING)
        assert pool.process_ids() == []


def test_decoders_end_with_the_pool_and_outlive_the_thread_that_asked() -> None:
    with Decoder() as pool:
        asking = threading.Thread(target=pool.decode, args=(encoded(upright()), FRAMING))
        asking.start()
        asking.join()
        [pid] = pool.process_ids()
        assert pool.decode(encoded(upright()), FRAMING).placement.image.width == 300
        assert pool.process_ids() == [pid]
    assert ended(pid)


def test_a_decoder_holds_no_secret_and_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_SECRET_KEY", "hunter2")
    with Decoder() as pool:
        pool.decode(encoded(upright()), FRAMING)
        [pid] = pool.process_ids()
        assert b"hunter2" not in Path(f"/proc/{pid}/environ").read_bytes()
        libraries = Path(f"/proc/{pid}/maps").read_text()
        assert "torch" not in libraries
        assert "numpy" not in libraries
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert str(1 << 30) in limits
