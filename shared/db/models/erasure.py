"""That a case was erased, when, why, by which key or device, and what is left to do. Nothing of person or photo."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.enums import ErasureReason
from shared.db.base import Base, Json

_REASONS = ", ".join(f"'{reason}'" for reason in ErasureReason)


class Erasure(Base):
    """Never deleted; each of the two times is written once."""

    __tablename__ = "erasures"
    __table_args__ = (
        CheckConstraint("proved_at IS NULL OR objects_removed_at IS NOT NULL", name="removed_before_proved"),
        CheckConstraint("objects_removed >= 0", name="objects_removed_not_negative"),
        CheckConstraint(f"reason IN ({_REASONS})", name="reason_known"),
        CheckConstraint("requested_by IS NOT NULL OR reason IN ('retention', 'restore')", name="somebody_asked"),
        Index("ix_erasures_clinic_id", "clinic_id"),
        Index("ix_erasures_open", "case_id", postgresql_where=text("proved_at IS NULL")),
    )

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"))
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # The id of a key or of a device; null where nobody asked.
    requested_by: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default=ErasureReason.REQUEST, server_default=text("'request'"))
    # How many rows of each kind were deleted or blanked.
    counts: Mapped[Json]

    # The objects in the store: when a first pass had deleted all, how many went in all passes, and when nothing was
    # found any more after every worker that may have held a run must have lost it.
    objects_removed_at: Mapped[datetime | None]
    objects_removed: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    proved_at: Mapped[datetime | None]
