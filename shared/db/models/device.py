"""A device of a patient, and the tokens that it was given. Of a token only its digest is stored."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.enums import RevokedBecause, TokenKind
from shared.db.base import Base

_REASONS = ", ".join(f"'{reason}'" for reason in RevokedBecause)
_KINDS = ", ".join(f"'{kind}'" for kind in TokenKind)


class Device(Base):
    """It acts for one subject of one clinic. Forgotten some time after its end."""

    __tablename__ = "devices"
    __table_args__ = (
        # No subject at all would mean, to row security, that it is confined to none.
        CheckConstraint("subject_ref <> ''", name="of_a_subject"),
        CheckConstraint(f"revoked_because IN ({_REASONS})", name="revoked_because_known"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_because IS NULL)", name="revoked_for_a_reason"),
        Index("ix_devices_clinic_id_id", "clinic_id", "id"),
        Index("ix_devices_by_subject_ref", "clinic_id", "subject_ref", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"))
    subject_ref: Mapped[str]
    name: Mapped[str | None]
    # The key that made its code.
    enrolled_by: Mapped[str] = mapped_column(ForeignKey("api_keys.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]
    # Of the pair of tokens that it was given last, and when that one's refresh token expires.
    number: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str | None]


class DeviceToken(Base):
    """One half of a pair: an access token by which the device calls, or the refresh token that gets the next pair."""

    __tablename__ = "device_tokens"
    __table_args__ = (
        UniqueConstraint("device_id", "number", "kind", name="uq_device_tokens_device_id_number_kind"),
        CheckConstraint("octet_length(digest) = 32", name="is_a_digest"),
        CheckConstraint(f"kind IN ({_KINDS})", name="kind_known"),
    )

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"))
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    kind: Mapped[str]
    number: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
    # The first use: of an access token a call, of a refresh token the next pair.
    used_at: Mapped[datetime | None]
    # Before its time, because its pair never arrived and another was given out in its place.
    ended_at: Mapped[datetime | None]
