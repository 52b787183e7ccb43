"""What a clinic says of a webhook endpoint, and what it is told. The secret is in two answers only, and in no list."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema, field_validator

from shared.contracts.enums import DisabledReason, EventType, PayloadKind
from shared.contracts.webhook_url import MAX_LENGTH

_LONGEST_OVERLAP_S: Final = 7 * 24 * 3600
_NOT_CARRIED: Final = (EventType.CASE_PROCESSING, EventType.ENDPOINT_TEST)
CARRIED: Final = tuple(kind for kind in EventType if kind not in _NOT_CARRIED)
"""What an endpoint may ask for. A test goes to the endpoint that it tests, whatever that has asked for."""


def _carried(kind: EventType) -> EventType:
    if kind in _NOT_CARRIED:
        raise ValueError("webhooks do not carry events of this type")
    return kind


def _each_once(kinds: list[EventType]) -> list[EventType]:
    if len(set(kinds)) != len(kinds):
        raise ValueError("each type once")
    return kinds


_Kind = Annotated[
    EventType, AfterValidator(_carried), WithJsonSchema({"type": "string", "enum": [str(kind) for kind in CARRIED]})
]
EventTypes = Annotated[
    list[_Kind],
    Field(min_length=1, max_length=len(CARRIED), json_schema_extra={"uniqueItems": True}),
    AfterValidator(_each_once),
]
Url = Annotated[str, StringConstraints(min_length=1, max_length=MAX_LENGTH)]
Description = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,200}$")]
_EVENT_TYPES: Final = "What is sent; null is everything but `case.accepted`"
_PAYLOAD: Final = "`thin` says where to read the result, `full` holds it, with your references"


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NewEndpoint(_Input):
    """An endpoint to be."""

    url: Url = Field(description="https, port 443 or 8443, without user and fragment", repr=False)
    description: Description | None = None
    event_types: EventTypes | None = Field(default=None, description=_EVENT_TYPES)
    payload: PayloadKind = Field(default=PayloadKind.THIN, description=_PAYLOAD)


class EndpointChange(_Input):
    """What is to change. Null takes a description away, and stands for the usual event types."""

    url: Url | None = Field(default=None, repr=False)
    description: Description | None = None
    event_types: EventTypes | None = Field(default=None, description=_EVENT_TYPES)
    payload: PayloadKind | None = Field(default=None, description=_PAYLOAD)

    @field_validator("url", "payload")
    @classmethod
    def _there(cls, value: str | None) -> str:
        if value is None:
            raise ValueError("an endpoint has one")
        return value


class SecretRotation(_Input):
    """How a secret hands over to its successor."""

    overlap_s: int = Field(
        default=24 * 3600, ge=0, le=_LONGEST_OVERLAP_S, description="Seconds for which the old secret signs too"
    )


class SecretLine(BaseModel):
    """A secret that signs: everything but the secret. `expires_at` is null for the current one."""

    id: str
    created_at: datetime
    expires_at: datetime | None


class EndpointBody(BaseModel):
    """An endpoint, and how it has answered. `failing_since`: the first failure after the last success."""

    id: str
    url: str = Field(repr=False)
    description: str | None
    event_types: list[EventType] | None = Field(description=_EVENT_TYPES)
    payload: PayloadKind
    enabled: bool
    disabled_reason: DisabledReason | None
    disabled_at: datetime | None
    created_at: datetime
    updated_at: datetime
    failing_since: datetime | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    secrets: list[SecretLine] = Field(description="Those that sign, the current one first")


class EndpointWithSecret(EndpointBody):
    """An endpoint with its new secret, which is shown this once."""

    secret: str = Field(repr=False)


class EndpointList(BaseModel):
    """All of them, newest first."""

    items: list[EndpointBody]
