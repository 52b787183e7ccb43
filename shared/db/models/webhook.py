"""Where a clinic wants to be called, and with which secrets the calls are signed. Secrets are stored encrypted."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Base


class WebhookEndpoint(Base):
    """One address of a clinic. A row outlives its deletion, so that no event of that moment meets a missing row."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        CheckConstraint("payload IN ('thin', 'full')", name="payload_known"),
        CheckConstraint("disabled_reason IN ('caller', 'gone', 'failing')", name="disabled_reason_known"),
        CheckConstraint("(disabled_reason IS NULL) = (disabled_at IS NULL)", name="disabled_whole"),
        CheckConstraint("deleted_at IS NULL OR disabled_at IS NOT NULL", name="deleted_is_disabled"),
        Index("ix_webhook_endpoints_clinic_id_id", "clinic_id", "id", postgresql_where=text("deleted_at IS NULL")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"))
    url: Mapped[str]
    description: Mapped[str | None]
    # Null means all but those that have to be asked for.
    event_types: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    payload: Mapped[str]
    disabled_reason: Mapped[str | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]

    # How it has answered. `failing_since`: the first failure after the last success.
    failing_since: Mapped[datetime | None]
    last_failure_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    timed_out: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # It asked for a pause (429 or 503 with Retry-After).
    paused_until: Mapped[datetime | None]


class WebhookSecret(Base):
    """A key of one endpoint, encrypted. The one without an end is the current one; the others still sign beside it."""

    __tablename__ = "webhook_secrets"
    __table_args__ = (
        Index("uq_webhook_secrets_current", "endpoint_id", unique=True, postgresql_where=text("expires_at IS NULL")),
        Index("ix_webhook_secrets_endpoint_id", "endpoint_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("webhook_endpoints.id"))
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"))
    ciphertext: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
