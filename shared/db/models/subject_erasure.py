"""That all that is stored of one person is to go, and has gone."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Base


class SubjectErasure(Base):
    """The intent, so that whoever crashes over it leaves it to others. `subject_ref` is blanked when it is done."""

    __tablename__ = "subject_erasures"
    __table_args__ = (
        CheckConstraint("(finished_at IS NULL) = (subject_ref IS NOT NULL)", name="blank_once_finished"),
        CheckConstraint("cases >= 0 AND consents >= 0", name="counts_not_negative"),
        Index(
            "uq_subject_erasures_open",
            "clinic_id",
            "subject_ref",
            unique=True,
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index("ix_subject_erasures_clinic_id", "clinic_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"))
    subject_ref: Mapped[str | None]
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    requested_by: Mapped[str]
    # How many there were when it was asked for.
    cases: Mapped[int]
    consents: Mapped[int]
    finished_at: Mapped[datetime | None]
