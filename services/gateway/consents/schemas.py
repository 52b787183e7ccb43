"""What is said of consent: to which text, when it was given, and when it was withdrawn."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from shared.contracts.enums import ConsentPurpose
from shared.contracts.moment import Moment

_WORD: Final = r"^[A-Za-z0-9._:-]{1,64}$"
TextVersion = Annotated[str, StringConstraints(pattern=_WORD)]
SubjectRef = Annotated[str, Path(pattern=_WORD, examples=["p-1041"])]
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
# Clocks of phones are not ours.
_AHEAD: Final = timedelta(minutes=5)


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class GivenConsent(_Input):
    """That the subject of a photo has agreed to a text."""

    text_version: TextVersion = Field(description="The clinic's own name for the text that was shown")
    given_at: Moment | None = Field(
        default=None, description="RFC 3339, with an offset; default: now. Say it where the photo may be sent later"
    )

    @field_validator("given_at")
    @classmethod
    def _within_reason(cls, value: datetime | None) -> datetime | None:
        if value is not None and not _EARLIEST <= value <= datetime.now(UTC) + _AHEAD:
            raise ValueError("before 2000, or in the future")
        return value


class NewConsent(GivenConsent):
    """A consent to be recorded."""

    purpose: ConsentPurpose


class Withdrawal(_Input):
    """What is no longer agreed to."""

    purpose: ConsentPurpose


class ConsentBody(BaseModel):
    """One consent. It stands until `withdrawn_at` is set."""

    id: str
    purpose: ConsentPurpose
    text_version: str
    given_at: datetime = Field(description="By the clock of whoever asked for it")
    recorded_at: datetime
    withdrawn_at: datetime | None


class ConsentList(BaseModel):
    """The subject's consents, the latest first; at most 100."""

    items: list[ConsentBody]


class WithdrawalBody(BaseModel):
    """What a withdrawal has stopped."""

    purpose: ConsentPurpose
    withdrawn_at: datetime
    cases_canceled: int = Field(description="Open cases that were canceled by this call")
    cases_ending: int = Field(description="Cases at work that end canceled when their batch ends")
