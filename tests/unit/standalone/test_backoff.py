"""The waits before a service is started again."""

from services.standalone.backoff import Backoff


def test_doubles_from_half_a_second_to_thirty() -> None:
    backoff = Backoff()
    waits = [backoff.after(lived_s=0.1) for _ in range(9)]
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_starts_over_after_a_minute_of_health() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.after(lived_s=1)
    assert backoff.after(lived_s=60) == 0.5
    assert backoff.after(lived_s=1) == 1
