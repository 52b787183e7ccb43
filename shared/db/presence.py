"""A working process's row, for health and for people: kept current by itself, read by others."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.db.models import Worker


def show(
    session: Session, worker: str, service: str, *, looked_ago_s: float, ended: int, details: dict[str, Any]
) -> None:
    """Write that the process looked for work `looked_ago_s` seconds ago, and how much it has ended so far."""
    looked_at = func.now() - timedelta(seconds=looked_ago_s)
    changing = {"looked_at": looked_at, "runs_ended": ended, "details": details}
    session.execute(
        insert(Worker)
        .values(id=worker, service=service, **changing)
        .on_conflict_do_update(index_elements=[Worker.id], set_=changing)
    )


def leave(session: Session, worker: str) -> None:
    session.execute(delete(Worker).where(Worker.id == worker))


def looks(session: Session, host: str, service: str, silence_s: float) -> bool:
    """Return whether a process of this service on the host has looked for work within `silence_s`."""
    silence = func.extract("epoch", func.clock_timestamp() - Worker.looked_at)
    seen = select(Worker.id).where(
        Worker.service == service, Worker.id.startswith(f"{host}:", autoescape=True), silence < silence_s
    )
    return session.scalar(seen.limit(1)) is not None
