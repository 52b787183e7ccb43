"""SQL of the command that encrypts secrets anew."""

from collections.abc import Callable

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from shared.db.models import WebhookSecret


def reseal(session: Session, *, after: str, limit: int, rotate: Callable[[str], str]) -> str | None:
    """Encrypt up to `limit` secrets behind an id anew; return the last one's id, None where none is left."""
    rows = session.scalars(
        select(WebhookSecret).where(WebhookSecret.id > after).order_by(WebhookSecret.id).limit(limit).with_for_update()
    ).all()
    for row in rows:
        row.ciphertext = rotate(row.ciphertext)
    session.flush()
    return rows[-1].id if rows else None


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(WebhookSecret)) or 0


def delete_expired(session: Session) -> None:
    """Forget secrets that no longer sign anything."""
    session.execute(delete(WebhookSecret).where(WebhookSecret.expires_at <= func.now()))
