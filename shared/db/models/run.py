"""A run: one model version over one case. Immutable once terminal; `shared.db.lifecycle` alone writes its state."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.enums import RunQueue, RunState
from shared.db.base import Base

_STATES = ", ".join(f"'{state}'" for state in RunState)


class Run(Base):
    __tablename__ = "runs"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state_known"),
        CheckConstraint("queue IN ('live', 'bulk')", name="queue_known"),
        CheckConstraint("fence >= 0", name="fence_not_negative"),
        CheckConstraint("attempts BETWEEN 0 AND max_attempts", name="attempts_capped"),
        CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="lease_while_running"),
        UniqueConstraint("id", "case_id"),
        # I2: at most one active run for a case and a model version.
        Index(
            "uq_runs_one_active",
            "case_id",
            "model_version_id",
            unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index("ix_runs_due", "queue", "priority", "enqueued_at", "id", postgresql_where=text("state = 'queued'")),
        Index("ix_runs_leases", "lease_until", postgresql_where=text("state = 'running'")),
        Index(
            "ix_runs_deadline_at",
            "deadline_at",
            postgresql_where=text("deadline_at IS NOT NULL AND state IN ('queued', 'running')"),
        ),
        Index("ix_runs_case_id_id", "case_id", "id"),
        Index("ix_runs_finished_at", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    clinic_id: Mapped[str] = mapped_column(ForeignKey("clinics.id"))
    model_version_id: Mapped[str] = mapped_column(ForeignKey("model_versions.id"))
    rerun_id: Mapped[str | None]
    queue: Mapped[str] = mapped_column(default=RunQueue.LIVE)
    priority: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    state: Mapped[str]

    fence: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    max_attempts: Mapped[int] = mapped_column(default=5, server_default=text("5"))
    # The last attempt ended in a lapsed lease: it is claimed alone from then on.
    lapsed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    worker: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())

    enqueued_at: Mapped[datetime] = mapped_column(server_default=func.now())
    rung_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    error_code: Mapped[str | None]
    # W3C Trace Context of the request that made it, where that request's trace is kept.
    traceparent: Mapped[str | None]
