"""That somebody agreed to a text, for a purpose: once for a subject, or for one case where no subject is named."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.enums import ConsentPurpose
from shared.db.base import Base

_PURPOSES = ", ".join(f"'{purpose}'" for purpose in ConsentPurpose)


class Consent(Base):
    """Written once; only `withdrawn_at` is set later, once. It goes when its case or its subject is erased."""

    __tablename__ = "consents"
    __table_args__ = (
        CheckConstraint(f"purpose IN ({_PURPOSES})", name="purpose_known"),
        CheckConstraint("num_nonnulls(subject_ref, case_id) = 1", name="of_a_subject_or_a_case"),
        Index(
            "ix_consents_of_subject",
            "clinic_id",
            "subject_ref",
            "purpose",
            "recorded_at",
            postgresql_where=text("subject_ref IS NOT NULL"),
        ),
        Index(
            "uq_consents_standing",
            "clinic_id",
            "subject_ref",
            "purpose",
            "text_version",
            unique=True,
            postgresql_where=text("subject_ref IS NOT NULL AND withdrawn_at IS NULL"),
        ),
        Index(
            "ix_consents_withdrawn",
            "clinic_id",
            "subject_ref",
            "purpose",
            postgresql_where=text("subject_ref IS NOT NULL AND withdrawn_at IS NOT NULL"),
        ),
        Index("ix_consents_case_id", "case_id", postgresql_where=text("case_id IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"))
    subject_ref: Mapped[str | None]
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    purpose: Mapped[str]
    text_version: Mapped[str]
    # By the clock of whoever asked for it; `recorded_at` is by ours.
    given_at: Mapped[datetime] = mapped_column(server_default=func.now())
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    recorded_by: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
