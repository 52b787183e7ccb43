"""A campaign: stored cases, frozen in rows when it was planned, run on another model."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.enums import Promotion, Reprocess, RerunItemState, RerunState
from shared.db.base import Base, Json


def _one_of(column: str, words: type[RerunState | RerunItemState | Reprocess | Promotion]) -> str:
    return f"{column} IN ({', '.join(repr(str(word)) for word in words)})"


class Rerun(Base):
    """`clinic_id` is null for an operator's campaign over the cases of every clinic."""

    __tablename__ = "reruns"
    __table_args__ = (
        CheckConstraint(_one_of("state", RerunState), name="state_known"),
        CheckConstraint(_one_of("reprocess", Reprocess), name="reprocess_known"),
        CheckConstraint("max_active BETWEEN 1 AND 10000", name="max_active_sane"),
        Index("ix_reruns_clinic_id_id", "clinic_id", "id"),
        Index(
            "ix_reruns_at_work",
            "id",
            postgresql_where=text("state IN ('planning', 'planned', 'running', 'paused', 'canceling')"),
        ),
        Index(
            "ix_reruns_to_promote",
            "id",
            postgresql_where=text("state = 'finished' AND auto_promote AND auto_promoted_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    clinic_id: Mapped[str | None] = mapped_column(ForeignKey("clinics.id"))
    made_by: Mapped[str] = mapped_column(ForeignKey("api_keys.id"))
    state: Mapped[str]
    target_model_id: Mapped[str] = mapped_column(ForeignKey("model_versions.id"))
    reprocess: Mapped[str]
    selector: Mapped[Json]
    # How much at a time, and when to stop by itself.
    max_active: Mapped[int] = mapped_column(default=32, server_default=text("32"))
    newest_first: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    stop_failure_ratio: Mapped[float | None]
    deadline_at: Mapped[datetime | None]
    auto_promote: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    max_flip_ratio: Mapped[float | None]

    # The plan. `digest` is over target, selector, order and the members.
    digest: Mapped[str | None]
    counts: Mapped[Json | None]
    estimate: Mapped[Json | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]

    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    stop_reason: Mapped[str | None]
    # When it was decided whether its results are published by themselves, and all that were to be are.
    auto_promoted_at: Mapped[datetime | None]
    # What the failure ratio is taken of: runs ended and failed since it was started or last resumed.
    tally_ended: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    tally_failed: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class RerunItem(Base):
    """One case of a campaign.

    Ids that are copied from `cases` in the statement that writes a row have no foreign keys: see migration 0013.
    """

    __tablename__ = "rerun_items"
    __table_args__ = (
        CheckConstraint(_one_of("state", RerunItemState), name="state_known"),
        CheckConstraint(_one_of("promotion", Promotion), name="promotion_known"),
        CheckConstraint("(state = 'skipped') = (skip_reason IS NOT NULL)", name="skipped_for_a_reason"),
        ForeignKeyConstraint(["run_id", "case_id"], ["runs.id", "runs.case_id"], name="fk_rerun_items_run_id_runs"),
        Index("ix_rerun_items_case_id", "case_id"),
        Index("ix_rerun_items_planned", "rerun_id", "case_id", postgresql_where=text("state = 'planned'")),
        Index("ix_rerun_items_queued", "rerun_id", "run_id", postgresql_where=text("state = 'queued'")),
    )

    rerun_id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(primary_key=True)
    clinic_id: Mapped[str]
    state: Mapped[str]
    skip_reason: Mapped[str | None]
    # What the case published when the campaign was planned: the old side of the comparison.
    base_run_id: Mapped[str | None]
    run_id: Mapped[str | None]

    promotion: Mapped[str | None]
    # What the case was just before the promotion: what a roll back restores.
    previous_run_id: Mapped[str | None]
    previous_state: Mapped[str | None]
    previous_error_code: Mapped[str | None]


class BulkGate(Base):
    """One row: whether workers may take bulk runs at this moment. The governor writes it, claims read it."""

    __tablename__ = "bulk_gate"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_open: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    live_p95_s: Mapped[float | None]
    # When a live run was last waiting, at work or new: bulk claims are small for a while after.
    live_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
