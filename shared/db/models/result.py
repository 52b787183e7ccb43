"""What a run found, or why it refused, with everything needed to defend it later. Written once."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, Double, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Base, Json


class Result(Base):
    __tablename__ = "results"
    __table_args__ = (
        CheckConstraint(
            "num_nulls(decision, label, probabilities, logits, malignancy, thresholds) IN (0, 6)",
            name="answer_whole_or_refused",
        ),
        # A page of the history, by what was found. The case's id has the collation "C" there; see migration 0006.
        Index("ix_results_by_decision", "clinic_id", "decision", "case_id"),
        Index("ix_results_by_label", "clinic_id", "label", "case_id"),
        Index("ix_results_by_label_and_decision", "clinic_id", "label", "decision", "case_id"),
    )

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    decision: Mapped[str | None]
    label: Mapped[str | None]
    probabilities: Mapped[Json | None]
    logits: Mapped[list[float] | None] = mapped_column(ARRAY(Double))
    malignancy: Mapped[float | None] = mapped_column(Double)
    thresholds: Mapped[Json | None]

    # Codes of a decision (`outside_validated_use`), or of a refusal with its words for the patient.
    reasons: Mapped[list[Json]]
    quality: Mapped[Json]
    out_of_distribution: Mapped[Json | None]
    explanation: Mapped[Json | None]
    model: Mapped[Json]
    notice: Mapped[str]
    provenance: Mapped[Json]
