"""That this database came out of a backup, and whether what was erased since has been erased again."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Base


class Restore(Base):
    """While `finished_at` is null no service may enter the schema: that right is taken in the same transaction."""

    __tablename__ = "restores"

    backup: Mapped[str] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # Whether everybody could enter the schema where the backup was taken; given back at the end.
    public_usage: Mapped[bool]
    finished_at: Mapped[datetime | None]
    # Up to when the ledger that was replayed is complete; null where there was none, and the operator said to go on.
    ledger_complete_to: Mapped[datetime | None]
    replayed: Mapped[int | None]
