"""A moment as callers may write it: RFC 3339 with an offset. Kept in UTC: databases take fewer offsets."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("not a moment of the calendar") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
