"""A working process, as it last showed itself. For health and for people; no work depends on it."""

from datetime import datetime

from sqlalchemy import BigInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Base, Json


class Worker(Base):
    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(primary_key=True)
    service: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # When it last claimed, or looked and found nothing: a process that only breathes does not count as alive.
    looked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    runs_ended: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    details: Mapped[Json]
