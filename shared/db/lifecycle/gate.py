"""Whether bulk work is let in beside live work, and how much of it at a time. One row: written by one, read by all."""

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from shared.db.lifecycle.transitions import BULK
from shared.db.models import BulkGate

_BESIDE_LIVE = 2
"""Bulk runs to a claim while live ones come in: the next live one finds a worker that is soon free."""
_LIVE_FOR_S = 10


def bulk_allowance(session: Session, limit: int) -> int:
    """Return how many bulk runs a claim may take now: none while the gate is closed, few beside live work."""
    live = BulkGate.live_at > func.now() - func.make_interval(0, 0, 0, 0, 0, 0, _LIVE_FOR_S)
    allowed = case((BulkGate.is_open.is_(False), 0), (live, _BESIDE_LIVE), else_=limit)
    return min(limit, session.scalar(select(allowed)) or 0)


def set_gate(session: Session, *, is_open: bool, live_p95_s: float | None, live_at: object | None) -> None:
    """Write what the governor found. `changed_at` is when the gate was last opened or closed."""
    session.execute(
        update(BulkGate).values(
            is_open=is_open,
            live_p95_s=live_p95_s,
            live_at=func.coalesce(live_at, BulkGate.live_at),
            changed_at=case((BulkGate.is_open == is_open, BulkGate.changed_at), else_=func.now()),
        ),
        execution_options=BULK,
    )
