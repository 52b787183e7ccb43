"""A case: one photo, owned by one clinic. `shared.db.lifecycle` alone writes its state and version."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.enums import CaseState
from shared.db.base import Base

_STATES = ", ".join(f"'{state}'" for state in CaseState)

# As migration 0015 has it.
_ERASED_IS_BLANK = (
    "state <> 'erased' OR (num_nonnulls(client_ref, subject_ref, lesion_ref, body_site, age, sex, captured_at,"
    " deadline_at, incoming_key, image_key, image_sha256, image_media_type, image_width, image_height,"
    " published_run_id, error_code) = 0 AND source_sha256 = '' AND source_bytes = 0 AND source_media_type = ''"
    " AND modality = 'unknown' AND NOT measure_faithfulness)"
)


class Case(Base):
    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state_known"),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint(
            "num_nulls(image_key, image_sha256, image_media_type, image_width, image_height) IN (0, 5)",
            name="image_whole",
        ),
        CheckConstraint(_ERASED_IS_BLANK, name="erased_is_blank"),
        ForeignKeyConstraint(
            ["published_run_id", "id"],
            ["runs.id", "runs.case_id"],
            name="fk_cases_published_run_id_runs",
            use_alter=True,
        ),
        ForeignKeyConstraint(
            ["first_run_id", "id"],
            ["runs.id", "runs.case_id"],
            name="fk_cases_first_run_id_runs",
            use_alter=True,
            deferrable=True,
            initially="DEFERRED",
        ),
        Index("ix_cases_clinic_id_id", "clinic_id", "id"),
        Index("ix_cases_clinic_id_state_id", "clinic_id", "state", "id"),
        # A page of the history, by what it may be filtered by.
        *(
            Index(f"ix_cases_by_{name}", "clinic_id", name, "id", postgresql_where=text(f"{name} IS NOT NULL"))
            for name in ("client_ref", "subject_ref", "lesion_ref")
        ),
        Index(
            "ix_cases_of_lesion",
            "clinic_id",
            "lesion_ref",
            text("COALESCE(captured_at, created_at)"),
            "id",
            postgresql_where=text("lesion_ref IS NOT NULL"),
        ),
        Index("ix_cases_by_creation", "clinic_id", "created_at", "id"),
        Index("ix_cases_by_change", "clinic_id", "updated_at", "id"),
        # What a clinic's clock is held against: tombstones pile up at the old end, and are not in it.
        Index(
            "ix_cases_retained",
            "clinic_id",
            "created_at",
            "id",
            postgresql_where=text("state NOT IN ('accepted', 'processing', 'erased')"),
        ),
        # Photos as they were sent that should be gone by now.
        Index(
            "ix_cases_leftover",
            "id",
            postgresql_where=text(
                "incoming_key IS NOT NULL AND (image_key IS NOT NULL OR state IN ('failed', 'canceled'))"
            ),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"))
    state: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    # What the caller said. Returned to its owner only, never logged.
    client_ref: Mapped[str | None]
    subject_ref: Mapped[str | None]
    lesion_ref: Mapped[str | None]
    body_site: Mapped[str | None]
    age: Mapped[int | None]
    sex: Mapped[str | None]
    captured_at: Mapped[datetime | None]
    modality: Mapped[str]
    deadline_at: Mapped[datetime | None]
    measure_faithfulness: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    # The photo as it was sent. `incoming_key` is null once the object is gone.
    source_sha256: Mapped[str]
    source_bytes: Mapped[int]
    source_media_type: Mapped[str]
    incoming_key: Mapped[str | None]

    # The stored photo: upright, sRGB, without metadata. Every run takes its pixels from it.
    image_key: Mapped[str | None]
    image_sha256: Mapped[str | None]
    image_media_type: Mapped[str | None]
    image_width: Mapped[int | None]
    image_height: Mapped[int | None]

    first_run_id: Mapped[str]
    published_run_id: Mapped[str | None]
    error_code: Mapped[str | None]
