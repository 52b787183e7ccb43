"""When an event is sent again: the schedule that Standard Webhooks gives as its example, 75 h 35 min in all."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

DELAYS: Final = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
LONGEST_RETRY_AFTER: Final = timedelta(hours=24)
# Each way, so that what failed together does not come back together.
_JITTER: Final = 0.2


def next_delay(attempts_made: int, retry_after_s: int | None, random: Callable[[], float]) -> timedelta | None:
    """Return how long after the last attempt the next one is due; None if that was the last.

    `retry_after_s` is what the receiver asked for: a minimum, up to 24 h. `random` gives numbers from 0 to 1.
    """
    if attempts_made >= len(DELAYS):
        return None
    delay = DELAYS[attempts_made] * (1 + _JITTER * (2 * random() - 1))
    asked = timedelta(seconds=retry_after_s or 0)
    return max(delay, min(asked, LONGEST_RETRY_AFTER))
