"""One row for each visible change of a case, or for what happened to a webhook endpoint. Never changed once written."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Base, Json


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint("num_nulls(case_id, version) IN (0, 2)", name="of_a_case_or_not"),
        UniqueConstraint("case_id", "version"),
        Index("ix_events_clinic_id_created_at", "clinic_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"))
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    version: Mapped[int | None]
    type: Mapped[str]
    run_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    data: Mapped[Json]
