"""Every SQL statement that reads deliveries. `shared.db.lifecycle` alone writes them, and is called from here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from shared.contracts.enums import DeliveryState
from shared.db import lifecycle
from shared.db.models import Delivery, DeliveryAttempt, Event, WebhookEndpoint

SendAgain: TypeAlias = Callable[[Session, str, datetime, datetime, int], int]
"""Makes up to so many deliveries to an endpoint due, of the events of a time; returns how many."""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery, its event, and since when nothing is sent to its endpoint."""

    id: str
    endpoint_id: str
    event_id: str
    event_type: str
    case_id: str | None
    version: int | None
    state: str
    attempts: int
    next_attempt_at: datetime
    created_at: datetime
    finished_at: datetime | None
    endpoint_disabled_at: datetime | None


def _select() -> Select[Any]:
    return (
        select(
            Delivery.id,
            Delivery.endpoint_id,
            Delivery.event_id,
            Event.type,
            Event.case_id,
            Event.version,
            Delivery.state,
            Delivery.attempts,
            Delivery.next_attempt_at,
            Delivery.created_at,
            Delivery.finished_at,
            WebhookEndpoint.disabled_at,
        )
        .join(Event, Event.id == Delivery.event_id)
        .join(WebhookEndpoint, WebhookEndpoint.id == Delivery.endpoint_id)
    )


def find(session: Session, clinic_id: str, delivery_id: str) -> DeliveryRow | None:
    row = session.execute(_select().where(Delivery.id == delivery_id, Delivery.clinic_id == clinic_id)).one_or_none()
    return None if row is None else DeliveryRow(*row)


def page(
    session: Session, endpoint_id: str, *, state: DeliveryState | None, limit: int, behind: str | None
) -> list[DeliveryRow]:
    """Return up to `limit` deliveries to an endpoint, newest first, that come behind one."""
    query = _select().where(Delivery.endpoint_id == endpoint_id).order_by(Delivery.id.desc()).limit(limit)
    if state is not None:
        query = query.where(Delivery.state == state)
    if behind is not None:
        query = query.where(Delivery.id < behind)
    return [DeliveryRow(*row) for row in session.execute(query)]


def attempts(session: Session, delivery_id: str) -> Sequence[DeliveryAttempt]:
    """Return the requests of a delivery, oldest first."""
    query = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id == delivery_id).order_by(DeliveryAttempt.number)
    return session.scalars(query).all()


def send_test(session: Session, endpoint: WebhookEndpoint) -> str:
    """Make a test due; return its delivery."""
    return lifecycle.send_test(session, endpoint).id


def redeliver(session: Session, delivery_id: str) -> bool:
    return lifecycle.redeliver(session, delivery_id)


def recover(session: Session, endpoint_id: str, since: datetime, until: datetime, limit: int) -> int:
    """Make up to `limit` deliveries due that failed; return how many."""
    return len(lifecycle.recover(session, endpoint_id, since, until, limit))


def replay_missing(session: Session, endpoint_id: str, since: datetime, until: datetime, limit: int) -> int:
    """Make up to `limit` deliveries of events that were never on their way to the endpoint; return how many."""
    return len(lifecycle.replay_missing(session, endpoint_id, since, until, limit))
