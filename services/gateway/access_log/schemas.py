"""What an operator may ask of the access log, and how a row is told. Ids and words only; nothing that anybody wrote."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.access import AccessOutcome, ActorKind
from shared.contracts.ids import IdPrefix, id_pattern
from shared.contracts.moment import Moment

CaseId = Annotated[str, StringConstraints(pattern=id_pattern(IdPrefix.CASE))]
KeyId = Annotated[str, StringConstraints(pattern=id_pattern(IdPrefix.KEY))]


class AccessQuery(BaseModel):
    """Filters; several narrow the answer together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(default=50, ge=1, le=500, description="Most rows in the answer")
    cursor: str | None = Field(default=None, max_length=200, description="`next_cursor` of the page before")
    case_id: CaseId | None = Field(default=None, description="What was done with this case; an erased one too")
    key_id: KeyId | None = Field(default=None, description="What this key was used for")
    since: Moment | None = Field(default=None, description="At this time or later")
    until: Moment | None = Field(default=None, description="Before this time")

    def filters(self) -> dict[str, Any]:
        """Return the filters as JSON values; two spellings of one moment are the same."""
        given = self.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
        return {name: value.timestamp() if isinstance(value, datetime) else value for name, value in given.items()}


class AccessLine(BaseModel):
    """One row: when, who, from where, what, and under which request.

    `clinic_id` is the caller's, or the one that an operator looked into with the console. `address` is a pseudonym: the
    same for the same address. `subject` is the id of what was acted on where that is no case, or something of one;
    `part` is which kind of it, `count` is how many.
    """

    id: int
    at: datetime
    caller: ActorKind
    clinic_id: str | None
    key_id: str | None
    device_id: str | None
    address: str | None
    request_id: str | None
    action: str
    case_id: str | None
    subject: str | None
    part: str | None
    version: int | None
    count: int | None
    outcome: AccessOutcome


class AccessPage(BaseModel):
    """Newest first. `next_cursor` is null on the last page."""

    items: list[AccessLine]
    next_cursor: str | None
