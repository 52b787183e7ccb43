"""The registry of models. A version is the digest of its manifest."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.contracts.enums import ModelState
from shared.db.base import Base, Json


class ModelVersion(Base):
    __tablename__ = "model_versions"
    __table_args__ = (
        CheckConstraint("state IN ('candidate', 'active', 'retired')", name="state_known"),
        Index("uq_model_versions_one_active", "state", unique=True, postgresql_where=text("state = 'active'")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=ModelState.CANDIDATE)
    manifest: Mapped[Json]
    weights_sha256: Mapped[str]
    weights_key: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    activated_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
