"""Sending what was sent before, or never was: for clinics whose systems were away."""

from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from shared.contracts.enums import DeliveryState, EventType
from shared.db.lifecycle.transitions import BULK, endpoint_event
from shared.db.models import Delivery, Event, WebhookEndpoint

_ENDED = (DeliveryState.DELIVERED, DeliveryState.FAILED)


def send_test(session: Session, endpoint: WebhookEndpoint) -> Delivery:
    """Send an event of no case to this endpoint alone, whatever it has asked for; return its delivery."""
    test = endpoint_event(endpoint.clinic_id, EventType.ENDPOINT_TEST, endpoint.id)
    session.add(test)
    session.flush()
    return session.scalars(select(Delivery).where(Delivery.event_id == test.id)).one()


def redeliver(session: Session, delivery_id: str) -> bool:
    """Begin a delivery's schedule anew; False where it has not ended. The event's id stays the same."""
    again = session.scalar(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state.in_(_ENDED))
        .values(
            state=DeliveryState.PENDING,
            finished_at=None,
            schedule_start=Delivery.attempts,
            next_attempt_at=func.now(),
        )
        .returning(Delivery.id),
        execution_options=BULK,
    )
    return again is not None


def recover(session: Session, endpoint_id: str, since: datetime, until: datetime, limit: int) -> list[str]:
    """Send again up to `limit` deliveries of events of this time that failed; return their ids."""
    failed = (
        select(Delivery.id)
        .join(Event, Event.id == Delivery.event_id)
        .where(
            Delivery.endpoint_id == endpoint_id,
            Delivery.state == DeliveryState.FAILED,
            Event.created_at >= since,
            Event.created_at < until,
        )
        .order_by(Delivery.id)
        .limit(limit)
    )
    ids = list(session.scalars(failed))
    return [delivery_id for delivery_id in ids if redeliver(session, delivery_id)]


_MISSING = text("""
INSERT INTO deliveries (id, clinic_id, endpoint_id, event_id, state)
SELECT delivery_id(), v.clinic_id, e.id, v.id, 'pending'
FROM webhook_endpoints e JOIN events v ON v.clinic_id = e.clinic_id
WHERE e.id = :endpoint AND v.created_at >= :since AND v.created_at < :until
  AND v.type <> 'endpoint.test' AND webhook_wants(e.event_types, v.type)
  AND NOT EXISTS (SELECT FROM deliveries d WHERE d.endpoint_id = e.id AND d.event_id = v.id)
ORDER BY v.created_at, v.id LIMIT :most
ON CONFLICT (endpoint_id, event_id) DO NOTHING
RETURNING id
""")


def replay_missing(session: Session, endpoint_id: str, since: datetime, until: datetime, limit: int) -> list[str]:
    """Deliver up to `limit` events of this time that were never on their way to the endpoint; return the deliveries."""
    values = {"endpoint": endpoint_id, "since": since, "until": until, "most": limit}
    return list(session.scalars(_MISSING, values))
