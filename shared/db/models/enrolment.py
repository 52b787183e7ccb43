"""Codes that a clinic shows to a patient, who enrols a device by them, and how many that are none were tried."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Base


class Enrolment(Base):
    """A code that counts once, until its time is over or the key that made it ends. Only its digest is stored."""

    __tablename__ = "enrolments"
    __table_args__ = (
        CheckConstraint("octet_length(code_digest) = 32", name="code_is_a_digest"),
        CheckConstraint("subject_ref <> ''", name="of_a_subject"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"), index=True)
    subject_ref: Mapped[str]
    code_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_by: Mapped[str] = mapped_column(ForeignKey("api_keys.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class EnrolmentFailure(Base):
    """How many codes that do not count were tried in one minute, from everywhere."""

    __tablename__ = "enrolment_failures"

    minute: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]
