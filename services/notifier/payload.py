"""What a webhook says. The same event makes the same bytes on every try, for one kind of payload."""

import json
from datetime import UTC, datetime
from typing import Any

from shared.contracts.enums import PayloadKind
from shared.db.delivery_records import CaseFacts, ClaimedDelivery, EventFacts


def body_of(delivery: ClaimedDelivery, public_url: str) -> bytes:
    """Return the request's body, as Standard Webhooks has it: type, timestamp, data.

    Thin: which case, in which state, and where to read it. Full: its result too, and the clinic's own references.
    """
    event = delivery.event
    data: dict[str, Any] = {"event_id": event.id, **_of_case(event, delivery.case, public_url), **_extra(event)}
    if delivery.payload is PayloadKind.FULL and delivery.case is not None:
        data["subject_ref"] = delivery.case.subject_ref
        data["lesion_ref"] = delivery.case.lesion_ref
        data["result"] = delivery.result
    whole = {"type": str(event.type), "timestamp": _moment(event.created_at), "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def _of_case(event: EventFacts, case: CaseFacts | None, public_url: str) -> dict[str, Any]:
    if case is None:
        return {}
    return {
        "case_id": event.case_id,
        "version": event.version,
        "state": event.data["state"],
        "run_id": event.run_id,
        "model_version": event.model_version,
        "client_ref": case.client_ref,
        "links": {"case": f"{public_url}/v1/cases/{event.case_id}"},
    }


def _extra(event: EventFacts) -> dict[str, Any]:
    """What only this type of event has, such as the decision that a new result changed."""
    return {name: value for name, value in event.data.items() if name != "state"}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
