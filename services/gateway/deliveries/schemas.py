"""What a clinic may ask of deliveries, and what it is told of one."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.enums import AttemptOutcome, DeliveryState, EventType
from shared.contracts.moment import Moment


class DeliveriesQuery(BaseModel):
    """A page of an endpoint's deliveries."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(default=20, ge=1, le=100, description="Most deliveries in the answer")
    cursor: str | None = Field(
        default=None, max_length=200, description="`next_cursor` of the page before, with the same filter"
    )
    state: DeliveryState | None = None


class Period(BaseModel):
    """Events of this time: at `since` or later, and before `until`, which is now if it is left out."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    since: Moment
    until: Moment | None = None


class DeliveryBody(BaseModel):
    """One event on its way to one endpoint. `event_id` is the `webhook-id` of each of its requests.

    `case_id` and `version` are null for events of an endpoint itself; `next_attempt_at` is null unless it is pending.
    """

    id: str
    endpoint_id: str
    event_id: str
    event_type: EventType
    case_id: str | None
    version: int | None
    state: DeliveryState
    attempt_count: int
    next_attempt_at: datetime | None
    created_at: datetime
    finished_at: datetime | None


class DeliveryPage(BaseModel):
    """Newest first. `next_cursor` is null on the last page."""

    items: list[DeliveryBody]
    next_cursor: str | None


class AttemptBody(BaseModel):
    """One request. `outcome` is null while it is under way, `status` and `response` where nothing came back."""

    number: int
    started_at: datetime
    outcome: AttemptOutcome | None
    status: int | None
    latency_ms: int | None
    response: str | None = Field(description="The beginning of what was answered, at most 2 kB", repr=False)


class DeliveryDetail(DeliveryBody):
    """A delivery with its requests, oldest first."""

    attempts: list[AttemptBody]


class SentAgain(BaseModel):
    """How many deliveries are due now. `more`: the period may hold further ones; ask again for them."""

    count: int
    more: bool
