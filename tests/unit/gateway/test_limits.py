"""Buckets by a clock that stands still, addresses as proxies tell them, and levels as headers."""

import pytest

from services.gateway.limits.address import address_of, bucket_of
from services.gateway.limits.buckets import LocalBuckets, Rule
from services.gateway.limits.service import headers_of, refuse
from services.gateway.refusals import RateLimited


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_minutes_worth_at_once_then_one_at_a_time() -> None:
    clock = Clock()
    buckets, rule = LocalBuckets(clock), Rule("requests", "k", 30)
    left = [buckets.take([rule])[0].remaining for _ in range(30)]
    assert left == list(range(29, -1, -1))
    (level,) = buckets.take([rule])
    assert level.wait_s == pytest.approx(2)
    clock.now += 1.9
    assert buckets.take([rule])[0].wait_s == pytest.approx(0.1)
    clock.now += 0.1
    assert buckets.take([rule])[0].wait_s == 0
    assert buckets.take([rule])[0].wait_s == pytest.approx(2)
    clock.now += 3600
    assert buckets.take([rule])[0].remaining == 29


def test_all_or_none_and_looking_costs_nothing() -> None:
    buckets = LocalBuckets(Clock())
    wide, narrow = Rule("requests", "a", 10), Rule("photos", "b", 1)
    assert [level.wait_s for level in buckets.take([wide, narrow])] == [0, 0]
    for _ in range(5):
        refused = buckets.take([wide, narrow])
        assert refused[0].remaining == 9
        assert refused[1].wait_s == pytest.approx(60)
    for _ in range(20):
        assert buckets.take([wide], spend=False)[0].remaining == 9


def test_one_bucket_does_not_empty_another() -> None:
    buckets = LocalBuckets(Clock())
    while not buckets.take([Rule("requests", "greedy", 3)])[0].wait_s:
        pass
    assert buckets.take([Rule("requests", "modest", 3)])[0].remaining == 2


def test_a_limit_that_was_lowered_does_not_punish_for_long() -> None:
    clock = Clock()
    buckets = LocalBuckets(clock)
    for _ in range(100):
        buckets.take([Rule("requests", "k", 100)])
    wait_s = buckets.take([Rule("requests", "k", 10)])[0].wait_s
    assert 0 < wait_s <= 60
    clock.now += wait_s
    assert buckets.take([Rule("requests", "k", 10)])[0].wait_s == 0


def test_a_refusal_names_the_longest_wait_in_whole_seconds() -> None:
    buckets, rule = LocalBuckets(Clock()), Rule("requests", "k", 7)
    for _ in range(7):
        refuse(buckets.take([rule]))
    with pytest.raises(RateLimited) as caught:
        refuse(buckets.take([rule]))
    assert caught.value.retry_after_s == 9
    refuse([])


def test_headers() -> None:
    levels = LocalBuckets(Clock()).take([Rule("requests", "k", 60), Rule("photos", "k2", 30)])
    assert headers_of(levels) == {
        "RateLimit-Policy": '"requests";q=60;w=60, "photos";q=30;w=60',
        "RateLimit": '"requests";r=59;t=1, "photos";r=29;t=2',
    }
    assert headers_of([]) == {}


@pytest.mark.parametrize(
    ("peer", "forwarded", "hops", "expected"),
    [
        ("10.0.0.1", ["6.6.6.6"], 0, "10.0.0.1"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.9"], 1, "203.0.113.9"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.9", "10.0.0.2"], 2, "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9"], 2, "10.0.0.1"),
        ("10.0.0.1", ["nonsense"], 1, "10.0.0.1"),
        ("10.0.0.1", [], 1, "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", [], 0, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", [], 0, "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", [], 0, "203.0.113.9"),
        (None, [], 0, "unknown"),
    ],
)
def test_addresses(peer: str | None, forwarded: list[str], hops: int, expected: str) -> None:
    assert address_of(peer, forwarded, hops) == expected
    assert expected not in bucket_of(expected)
