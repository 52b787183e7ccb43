import pytest

from services.notifier.retry_after import retry_after_s

# Sunday, 6 November 1994, 08:49:37 GMT: the example of RFC 9110.
THEN = 784111777.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("0120", 120),
        ("86400", 86_400),
        ("86401", 86_400),
        ("99999999999999999999", 86_400),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 60),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 60),
        ("Sun Nov  6 08:49:37 1994", 60),
        ("Wed, 01 Jan 2031 00:00:00 GMT", 86_400),
        ("Sat, 05 Nov 1994 08:49:37 GMT", 0),
    ],
)
def test_seconds_or_a_date(value: str, seconds: int) -> None:
    assert retry_after_s(value, THEN - 60) == seconds


@pytest.mark.parametrize(
    "value",
    ["", "soon", "-1", "+5", "1.5", "1e3", "0x10", "\uff11\uff12", "9" * 21, "120, 30", "Sun, 06 Nov 1994 08:49:37 CET",
     "Sun, 31 Feb 1994 08:49:37 GMT", "1994-11-06T08:49:37Z", "\x00", "1\x002"],
)  # fmt: skip
def test_anything_else_is_ignored(value: str) -> None:
    assert retry_after_s(value, THEN) is None


def test_part_of_a_second_is_waited_out() -> None:
    assert retry_after_s("Sun, 06 Nov 1994 08:49:37 GMT", THEN - 0.5) == 1
