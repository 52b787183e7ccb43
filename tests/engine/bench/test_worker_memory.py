"""What the bench of the worker's memory makes of its readings. No worker is started."""

import os
from collections import Counter

import pytest

from bench import record, worker_memory, worker_memory_tables
from bench.worker_memory import MIX, Sample, photo, slope, told
from bench.worker_process import CHILD, DECODERS, PARENT, WorkerProcess


def readings(kb_per_1000: float) -> list[Sample]:
    """400 MB at first, then a jump of 100, as caches fill; from there on a straight line."""
    return [
        Sample(number, number / 10, pss={PARENT: 90.0, CHILD: 290.0, DECODERS: 0.0}, rss=rss)
        for number in range(0, 1001, 50)
        for grown in [kb_per_1000 * number / 1000 / 1000]
        for rss in [{PARENT: 100.0, CHILD: 300.0 + bool(number) * 100 + grown, DECODERS: 0.0}]
    ]


@pytest.mark.parametrize("growth", [0.0, 512.0, 20_000.0])
def test_growth_is_told_without_what_fills_at_first(growth: float) -> None:
    found = told(readings(growth))["slope_kb_per_1000"]
    assert found["all"]["value"] == found[CHILD]["value"] == pytest.approx(growth, abs=1)
    assert found[PARENT] == {"value": 0, "error": 0}


def test_the_error_of_a_slope_tells_noise_from_growth() -> None:
    noisy = [(number, 100.0 + (number // 10 % 2)) for number in range(0, 1000, 10)]
    found = slope(noisy)
    assert abs(found["value"]) < 2 * found["error"]


def test_a_process_of_another_kind_is_not_the_workers_child() -> None:
    memory = WorkerProcess(os.getpid(), 1.0).memory()
    assert memory[PARENT].highest >= memory[PARENT].rss > memory[PARENT].pss / 2 > 0
    assert memory[DECODERS].rss == 0


def test_twenty_photos_have_every_size_and_no_bytes_twice() -> None:
    small = [number for number, kind in enumerate(MIX) if kind[2] == "JPEG" and kind[0] < 4000]
    assert len({photo(number) for number in [*small, *(len(MIX) + number for number in small)]}) == 2 * len(small)
    assert Counter(MIX)[4000, 3000, "JPEG"] == 1
    assert len(MIX) == 20


def test_figures_become_two_tables() -> None:
    start = {"seconds": [9.0, 8.0, 11.0], "core_s": [6.0, 6.1, 6.2]}
    figures: record.Figures = {
        "photos": 1000,
        "photos_per_s": 9.5,
        **told(readings(100)),
        "start": {"cold": start, "warm": start, "load": 1.0, "load_at_end": 2.0},
    }
    memory, starts = worker_memory_tables.tables(figures)
    assert memory.rows[1] == ["child", "290", "290", "290", "+100 ± 0", "+100 ± 0"]
    assert memory.rows[-2] == ["all of them; at most 1200", "380", "380", "380", "+100 ± 0", "+100 ± 0"]
    assert memory.rows[-1][1:] == ["400", "500", "500", "", ""]
    assert starts.rows[0][1:] == ["6.1", "9.0", "9.0, 8.0, 11.0"]
    assert worker_memory.arguments().parse_args([]).photos == 10_000
