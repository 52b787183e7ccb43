"""The ten attempts, their spread, and what a receiver may ask for."""

import random
from datetime import timedelta

import pytest

from services.notifier.schedule import DELAYS, next_delay


def middle() -> float:
    return 0.5


def test_ten_attempts_over_75_hours_and_35_minutes() -> None:
    delays = [next_delay(made, None, middle) for made in range(11)]
    assert delays[:10] == list(DELAYS)
    assert delays[10] is None
    assert sum(DELAYS, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


def test_each_is_spread_by_a_fifth_both_ways() -> None:
    numbers = random.Random(7)
    for made, delay in enumerate(DELAYS):
        drawn = [next_delay(made, None, numbers.random) for _ in range(1000)]
        spread = [each for each in drawn if each is not None]
        assert len(spread) == 1000
        assert delay * 0.8 <= min(spread) <= delay * 0.81
        assert delay * 1.19 <= max(spread) <= delay * 1.2


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        (None, timedelta(minutes=5)),
        (0, timedelta(minutes=5)),
        (60, timedelta(minutes=5)),
        (3600, timedelta(hours=1)),
        (86_400, timedelta(hours=24)),
        (10**9, timedelta(hours=24)),
    ],
)
def test_what_the_receiver_asks_for_is_a_minimum(asked: int | None, waited: timedelta) -> None:
    assert next_delay(2, asked, middle) == waited


def test_asking_does_not_bring_an_eleventh_attempt() -> None:
    assert next_delay(10, 5, middle) is None
