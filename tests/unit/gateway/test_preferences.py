"""Reading `Prefer`, of which only `wait` is honoured."""

import pytest

from services.gateway.preferences import wait_of


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        ([], None),
        (["wait=10"], 10),
        (["wait=0"], 0),
        (["wait=25"], 25),
        (["wait=26"], 25),
        (["wait=0000007"], 7),
        (["wait=" + "9" * 990], 25),
        (["WAIT = 5"], 5),
        (['wait="5"'], 5),
        (["respond-async, wait=5"], 5),
        (["respond-async", "wait=5"], 5),
        (["respond-async; foo=bar, wait=5; x=y"], 5),
        (['note="a, wait=9; b", wait=5'], 5),
        (['note="a \\", wait=9", wait=5'], 5),
        (["wait=5, wait=9"], 5),
        (["wait=5", "wait=9"], 5),
        # The first one counts even where it cannot be read.
        (["wait=soon, wait=9"], None),
        (["wait"], None),
        (["wait="], None),
        (["wait=-1"], None),
        (["wait=1.5"], None),
        (["wait=\uff11"], None),
        (['wait="5'], None),
        (["waiting=5"], None),
        (["await=5"], None),
        (["return=minimal"], None),
        ([",,;;=="], None),
    ],
)
def test_wait(lines: list[str], seconds: int | None) -> None:
    assert wait_of(lines) == seconds


def test_a_hostile_header_takes_no_time() -> None:
    for header in ('"' * 60_000, '"\\' * 30_000, "wait" * 15_000, "wait=;" * 10_000, "," * 60_000, " " * 60_000):
        assert wait_of([header]) is None
