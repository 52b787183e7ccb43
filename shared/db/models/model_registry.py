"""The registry of models as a whole: one row, which says how often a model's state has changed."""

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Base


class ModelRegistry(Base):
    __tablename__ = "model_registry"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(server_default=text("0"))
