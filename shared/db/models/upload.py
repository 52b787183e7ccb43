"""A photo that may be, or was, put into the store by its owner. It becomes at most one case."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Base


class Upload(Base):
    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_clinic_id_expires_at", "clinic_id", "expires_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"))
    # Says nothing of the row: whoever holds a form learns where to, and no more.
    key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    # The device that asked for the form, and alone may use it; null where a key did.
    device_id: Mapped[str | None]
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), unique=True)
