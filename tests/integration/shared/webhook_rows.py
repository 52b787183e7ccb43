"""Endpoints to start from, and what became of their deliveries."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.contracts.enums import AttemptOutcome
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.delivery_records import ClaimedDelivery, EndedAttempt
from shared.db.models import Delivery, DeliveryAttempt, WebhookEndpoint, WebhookSecret
from shared.db.session import Database


def add_endpoint(gateway: Database, clinic: str, *, sealed: str = "sealed", **columns: Any) -> str:
    """Add an endpoint and its secret as the gateway does; return its id."""
    endpoint_id = new_id(IdPrefix.ENDPOINT)
    values: dict[str, Any] = {"url": "https://clinic.example/hook", "payload": "thin", **columns}
    with gateway.transaction(clinic) as session:
        session.add(WebhookEndpoint(id=endpoint_id, clinic_id=clinic, **values))
        session.flush()
        secret = WebhookSecret(id=new_id(IdPrefix.SECRET), endpoint_id=endpoint_id, clinic_id=clinic, ciphertext=sealed)
        session.add(secret)
    return endpoint_id


def take(worker: Database, limit: int = 16, slow: int = 4, *, name: str = "test") -> list[ClaimedDelivery]:
    with worker.transaction() as session:
        return lifecycle.claim_deliveries(
            session, worker=name, limit=limit, slow_limit=slow, lease=timedelta(seconds=30)
        )


def ended(delivery: ClaimedDelivery, outcome: AttemptOutcome = AttemptOutcome.DELIVERED, **facts: Any) -> EndedAttempt:
    """How a try ended; without `retry_in_s` it was the last."""
    values: dict[str, Any] = {"status": 200, "latency_ms": 5, "response": "", "retry_in_s": None, **facts}
    return EndedAttempt(
        delivery_id=delivery.delivery_id,
        endpoint_id=delivery.endpoint_id,
        fence=delivery.fence,
        number=delivery.number,
        outcome=outcome,
        **values,
    )


def write(worker: Database, *attempts: EndedAttempt) -> set[str]:
    with worker.transaction() as session:
        return lifecycle.record_attempts(session, attempts)


def deliveries(worker: Database, endpoint: str) -> list[Delivery]:
    with worker.transaction() as session:
        return list(session.scalars(select(Delivery).where(Delivery.endpoint_id == endpoint).order_by(Delivery.id)))


def attempts(worker: Database, delivery_id: str) -> list[tuple[int, str | None, int | None]]:
    with worker.transaction() as session:
        rows = session.execute(
            select(DeliveryAttempt.number, DeliveryAttempt.outcome, DeliveryAttempt.status)
            .where(DeliveryAttempt.delivery_id == delivery_id)
            .order_by(DeliveryAttempt.number)
        )
        return [(number, outcome, status) for number, outcome, status in rows]


def endpoint_row(worker: Database, endpoint: str) -> WebhookEndpoint:
    with worker.transaction() as session:
        return session.get_one(WebhookEndpoint, endpoint)


def set_endpoint(session: Session, endpoint: str, **columns: Any) -> None:
    session.execute(update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint).values(**columns))
