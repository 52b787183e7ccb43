"""Every SQL statement about the queue as a whole. The functions run in the database as a role that sees every row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from shared.db.models import Worker

# A worker that has not looked for work for so long counts as gone or deaf.
SILENCE_S: Final = 30.0


# Two arrays: a row for each second, of which a long queue has thousands, would cost the process three times as much.
_WAITING: Final = text("""
SELECT coalesce(array_agg(extract(epoch FROM second)::bigint ORDER BY second), '{}'),
       coalesce(array_agg(waiting ORDER BY second), '{}') FROM queue_backlog()
""")


@dataclass(frozen=True, slots=True)
class Waiting:
    """`seconds` since 1970 in which live runs were queued, in their order, and how many `runs` of each still wait."""

    seconds: Sequence[int] = ()
    runs: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Pace:
    """`ended` in the last minute, within `busy_seconds` in which any ended."""

    running: int
    ended: int
    busy_seconds: int


@dataclass(frozen=True, slots=True)
class Tail:
    """Rows of the access log that are not sealed yet, counted up to 10,001, and for how long the oldest has waited."""

    rows: int = 0
    oldest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    """A working process, and for how long it has neither claimed nor found nothing to claim."""

    id: str
    seconds_since_look: float

    @property
    def looks(self) -> bool:
        return self.seconds_since_look < SILENCE_S


def waiting(session: Session) -> Waiting:
    return Waiting(*session.execute(_WAITING).one())


def pace(session: Session) -> Pace:
    return Pace(*session.execute(text("SELECT running, ended_last_minute, busy_seconds FROM queue_pace()")).one())


def past_retention(session: Session) -> int:
    """Return how many cases are past their clinic's clock, counted to 10,000."""
    return int(session.execute(text("SELECT retention_overdue()")).scalar_one())


def tail(session: Session) -> Tail:
    return Tail(*session.execute(text("SELECT waiting, oldest_s FROM access_log_tail()")).one())


def workers(session: Session) -> list[WorkerSeen]:
    silence = func.extract("epoch", func.clock_timestamp() - Worker.looked_at)
    rows = session.execute(select(Worker.id, silence).where(Worker.service == "inference").order_by(Worker.id))
    return [WorkerSeen(id=worker, seconds_since_look=float(seconds)) for worker, seconds in rows]
