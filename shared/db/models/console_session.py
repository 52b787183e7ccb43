"""An operator who is signed in to the console with a browser. Of the cookie only its digest is stored."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Base


class ConsoleSession(Base):
    """It counts until it expires, is not used for a while, is ended, or its key ends."""

    __tablename__ = "console_sessions"
    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="is_a_digest"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
