"""What the life cycle of deliveries takes and gives: frozen values, as in `shared.db.records`."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from shared.contracts.enums import AttemptOutcome, EventType, PayloadKind
from shared.db.models import Case, Delivery, Event, Result, WebhookEndpoint

HTTP_GONE: Final = 410

# What a full payload tells of a result: what the case's own page does, but for the pictures.
_RESULT: Final = (
    "decision",
    "reasons",
    "label",
    "probabilities",
    "malignancy",
    "thresholds",
    "quality",
    "out_of_distribution",
    "explanation",
    "model",
    "notice",
)


@dataclass(frozen=True, slots=True)
class EventFacts:
    """An event as its receivers are told of it. `case_id`, `version` and `run_id` are None where it has no case."""

    id: str
    type: EventType
    created_at: datetime
    case_id: str | None
    version: int | None
    run_id: str | None
    model_version: str | None
    data: dict[str, Any]

    @classmethod
    def of(cls, row: Event, model_version: str | None) -> Self:
        kind = EventType(row.type)
        return cls(row.id, kind, row.created_at, row.case_id, row.version, row.run_id, model_version, row.data)


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
    def of(
        cls,
        delivery: Delivery,
        endpoint: WebhookEndpoint,
        event: Event,
        case: Case | None,
        result: Result | None,
        model_version: str | None,
        *,
        ciphertexts: list[str] | None,
    ) -> Self:
        return cls(
            delivery_id=delivery.id,
            endpoint_id=endpoint.id,
            clinic_id=delivery.clinic_id,
            fence=delivery.fence,
            number=delivery.attempts,
            tries=delivery.attempts - delivery.schedule_start,
            slow=endpoint.timed_out,
            url=endpoint.url,
            payload=PayloadKind(endpoint.payload),
            event=EventFacts.of(event, model_version),
            case=None if case is None else CaseFacts(case.client_ref, case.subject_ref, case.lesion_ref),
            result=None if result is None else {name: getattr(result, name) for name in _RESULT},
            ciphertexts=tuple(ciphertexts or ()),
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
