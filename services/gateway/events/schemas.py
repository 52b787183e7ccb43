"""What an event looks like from outside."""

from datetime import datetime

from pydantic import BaseModel, Field

from shared.contracts.enums import CaseState, EventType


class EventBody(BaseModel):
    """One visible change of a case: the one that made `version`. Never changed afterwards."""

    id: str
    type: EventType
    case_id: str
    version: int
    state: CaseState
    run_id: str | None
    created_at: datetime


class EventPage(BaseModel):
    """Oldest first."""

    items: list[EventBody]
    next_after_version: int | None = Field(description="`after_version` of the next page; null on the last one")
