"""Moments as callers write them: with any offset that the standard allows, and none that a database refuses."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from services.gateway.submissions.schemas import read_metadata
from shared.contracts.moment import Moment

MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


@pytest.mark.parametrize("text", ["2026-01-02T03:04:05+23:59", "2026-01-02T03:04:05-23:59", "2026-01-02T03:04:05Z"])
def test_kept_in_utc(text: str) -> None:
    kept = MOMENT.validate_python(text)
    assert kept.tzinfo == UTC
    assert kept == datetime.fromisoformat(text)
    assert read_metadata(f'{{"captured_at": "{text}"}}'.encode()).captured_at == kept


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00", "2026-01-02T03:04:05"])
def test_no_moment_of_the_calendar_or_no_offset(text: str) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(text)
