"""What a receiver says in `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date in one of three forms."""

import math
import re
from datetime import UTC, datetime
from typing import Final

from services.notifier.schedule import LONGEST_RETRY_AFTER

_LONGEST_S: Final = int(LONGEST_RETRY_AFTER.total_seconds())
_SECONDS: Final = re.compile(r"[0-9]{1,20}")
_DATES: Final = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")


def retry_after_s(value: str, now: float) -> int | None:
    """Return whole seconds from `now` (Unix seconds), from 0 to 24 h; None if the value is neither form."""
    text = value.strip(" \t")
    if _SECONDS.fullmatch(text):
        return min(int(text), _LONGEST_S)
    for form in _DATES:
        try:
            moment = datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
        except (ValueError, OverflowError):
            continue
        return min(max(math.ceil(moment - now), 0), _LONGEST_S)
    return None
