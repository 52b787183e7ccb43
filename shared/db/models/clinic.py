"""Who may call: clinics, and their keys. Only a hash of a key is stored."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, LargeBinary, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Base


class Clinic(Base):
    __tablename__ = "clinics"
    __table_args__ = (
        CheckConstraint("requests_per_minute >= 1", name="requests_per_minute_positive"),
        CheckConstraint("photos_per_minute >= 1", name="photos_per_minute_positive"),
        CheckConstraint("NOT consent_required OR consent_text_version IS NOT NULL", name="consent_to_a_text"),
        CheckConstraint("retention_days >= 1", name="retention_days_positive"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # What each key of the clinic may do; null means what the settings allow everybody.
    requests_per_minute: Mapped[int | None]
    photos_per_minute: Mapped[int | None]
    # Whether photos are taken only with the subject's consent, and to which text.
    consent_required: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    consent_text_version: Mapped[str | None]
    # Days after which a case that has ended is erased; null: kept until it is asked to be.
    retention_days: Mapped[int | None]


class ApiKey(Base):
    """A key of one clinic, or, without a clinic, an operator's."""

    __tablename__ = "api_keys"
    __table_args__ = (
        CheckConstraint("clinic_id IS NOT NULL OR 'admin' = ANY (scopes)", name="clinic_or_admin"),
        CheckConstraint("octet_length(secret_sha256) = 32", name="secret_is_a_digest"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    clinic_id: Mapped[str | None] = mapped_column(ForeignKey("clinics.id"), index=True)
    name: Mapped[str]
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
