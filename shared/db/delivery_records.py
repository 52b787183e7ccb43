"""What the life cycle of deliveries takes and gives: frozen values, as in `shared.db.records`."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from sqlalchemy import Row

from shared.contracts.enums import AttemptOutcome, EventType, PayloadKind

HTTP_GONE: Final = 410


@dataclass(frozen=True, slots=True)
class EventFacts:
    """An event as its receivers are told of it. `case_id`, `version` and `run_id` are None where it has no case.

    `traceparent` (W3C) names the request that made the run, where its trace is kept; no receiver is told.
    """

    id: str
    type: EventType
    created_at: datetime
    case_id: str | None
    version: int | None
    run_id: str | None
    model_version: str | None
    traceparent: str | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The clinic's own names of a case, for itself alone: never logged."""

    client_ref: str | None = field(repr=False)
    subject_ref: str | None = field(repr=False)
    lesion_ref: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that this process holds until its lease ends, and all that its request is made of.

    `number` counts all tries, this one included; `tries` those of the present schedule. `slow`: the endpoint's last try
    timed out. `ciphertexts`: its secrets that count, newest first. `result` is None unless the endpoint asked for it
    and the event has one.
    """

    delivery_id: str
    endpoint_id: str
    clinic_id: str
    fence: int
    number: int
    tries: int
    slow: bool
    url: str = field(repr=False)
    payload: PayloadKind
    event: EventFacts
    case: CaseFacts | None
    result: dict[str, Any] | None = field(repr=False)
    ciphertexts: tuple[str, ...] = field(repr=False)

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        event = EventFacts(
            id=row.event_id,
            type=EventType(row.type),
            created_at=row.created_at,
            case_id=row.case_id,
            version=row.version,
            run_id=row.run_id,
            model_version=row.model_version,
            traceparent=row.traceparent,
            data=row.data,
        )
        return cls(
            delivery_id=row.delivery_id,
            endpoint_id=row.endpoint_id,
            clinic_id=row.clinic_id,
            fence=row.fence,
            number=row.number,
            tries=row.tries,
            slow=row.slow,
            url=row.url,
            payload=PayloadKind(row.payload),
            event=event,
            case=None if row.case_id is None else CaseFacts(row.client_ref, row.subject_ref, row.lesion_ref),
            result=row.result,
            ciphertexts=tuple(row.ciphertexts or ()),
        )


@dataclass(frozen=True, slots=True)
class EndedAttempt:
    """How one try ended. `retry_in_s`: None where it was the last one, or none is needed.

    `pause_s`: for how long the receiver asked for nothing more at all.
    """

    delivery_id: str
    endpoint_id: str
    fence: int
    number: int
    outcome: AttemptOutcome
    status: int | None
    latency_ms: int
    response: str | None
    retry_in_s: float | None
    pause_s: float | None = None

    @property
    def gone(self) -> bool:
        return self.status == HTTP_GONE

    def row(self) -> dict[str, Any]:
        """The attempt as Postgres takes it apart."""
        return {
            "id": self.delivery_id,
            "fence": self.fence,
            "number": self.number,
            "outcome": str(self.outcome),
            "status": self.status,
            "latency_ms": self.latency_ms,
            "response": self.response,
            "retry_in_s": self.retry_in_s,
        }
