"""One event on its way to one endpoint, and each try. `shared.db.lifecycle` alone writes them."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.enums import AttemptOutcome, DeliveryState
from shared.db.base import Base

_STATES = ", ".join(f"'{state}'" for state in DeliveryState)
_OUTCOMES = ", ".join(f"'{outcome}'" for outcome in AttemptOutcome)


class Delivery(Base):
    """Made by a trigger in the transaction of its event (I6)."""

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state_known"),
        CheckConstraint("attempts >= schedule_start AND schedule_start >= 0", name="schedule_within_attempts"),
        CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name="lease_while_sending"),
        CheckConstraint("(state IN ('delivered', 'failed')) = (finished_at IS NOT NULL)", name="finished_when_ended"),
        UniqueConstraint("endpoint_id", "event_id"),
        Index("ix_deliveries_due", "endpoint_id", "next_attempt_at", "id", postgresql_where=text("state = 'pending'")),
        Index("ix_deliveries_sending", "lease_until", postgresql_where=text("state = 'sending'")),
        Index("ix_deliveries_endpoint_id_id", "endpoint_id", "id"),
        Index("ix_deliveries_event_id", "event_id"),
        Index("ix_deliveries_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"))
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("webhook_endpoints.id"))
    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"))
    state: Mapped[str]
    # All tries so far; those before `schedule_start` belong to earlier schedules, of a delivery that is sent again.
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    schedule_start: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    fence: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    worker: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class DeliveryAttempt(Base):
    """One request. The row is there before the request is; without an outcome it is under way."""

    __tablename__ = "delivery_attempts"
    __table_args__ = (CheckConstraint(f"outcome IN ({_OUTCOMES})", name="outcome_known"),)

    delivery_id: Mapped[str] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"))
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    outcome: Mapped[str | None]
    status: Mapped[int | None]
    latency_ms: Mapped[int | None]
    response: Mapped[str | None]
