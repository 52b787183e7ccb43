"""Every SQL statement of the console's own: who is signed in, and what went wrong anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, any_, delete, func, literal, or_, select, text, update
from sqlalchemy.orm import Session

from shared.contracts.enums import CaseState, Scope
from shared.db.models import ApiKey, Case, ConsoleSession

IDLE: Final = timedelta(minutes=30)
"""Not used for so long, a session is over."""
_USE_NOTED: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Found:
    """A session that counts now. `unnoted`: its use is not written down, or not lately."""

    key_id: str
    expires_at: datetime
    unnoted: bool


def add(session: Session, digest: bytes, key_id: str, life: timedelta) -> datetime:
    """Add a session and return when it ends; those that are over go."""
    session.execute(delete(ConsoleSession).where(or_(ConsoleSession.expires_at <= func.now(), _idle())))
    row = ConsoleSession(digest=digest, key_id=key_id, expires_at=func.now() + life)
    session.add(row)
    session.flush()
    session.refresh(row)
    return row.expires_at


def find(session: Session, digest: bytes) -> Found | None:
    """Return the session if it counts and its key is still an operator's that does."""
    row = session.execute(
        select(ConsoleSession.key_id, ConsoleSession.expires_at, ConsoleSession.used_at < func.now() - _USE_NOTED)
        .join(ApiKey, ApiKey.id == ConsoleSession.key_id)
        .where(
            ConsoleSession.digest == digest,
            ConsoleSession.expires_at > func.now(),
            ~_idle(),
            ApiKey.revoked_at.is_(None),
            or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now()),
            ApiKey.clinic_id.is_(None),
            literal(str(Scope.ADMIN)) == any_(ApiKey.scopes),
        )
    ).one_or_none()
    return None if row is None else Found(*row)


def _idle() -> ColumnElement[bool]:
    return ConsoleSession.used_at <= func.now() - IDLE


def note_use(session: Session, digest: bytes) -> None:
    session.execute(update(ConsoleSession).where(ConsoleSession.digest == digest).values(used_at=func.now()))


def end(session: Session, digest: bytes) -> None:
    session.execute(delete(ConsoleSession).where(ConsoleSession.digest == digest))


@dataclass(frozen=True, slots=True)
class Trouble:
    """A case of any clinic that ended without an answer. `quarantined`: its photo as sent was put aside for a while."""

    case_id: str
    clinic_id: str
    clinic: str
    state: CaseState
    code: str | None
    attempts: int
    ended_at: datetime
    quarantined: bool


# From an index of each clinic's cases by state, so that it is quick however long the record is.
_TROUBLES: Final = text("""
SELECT c.id AS case_id, k.id AS clinic_id, k.name AS clinic, c.state, c.error_code AS code, r.attempts,
       c.updated_at AS ended_at,
       c.state = 'failed' AND c.image_key IS NULL AND c.error_code <> 'object_missing' AS quarantined
  FROM clinics k
 CROSS JOIN unnest(CAST(:states AS text[])) AS s (state)
 CROSS JOIN LATERAL (SELECT * FROM cases WHERE clinic_id = k.id AND state = s.state AND id < :behind
                      ORDER BY id DESC LIMIT :most) AS c
  JOIN runs r ON r.id = c.first_run_id
 ORDER BY c.id DESC LIMIT :most
""")
_BEHIND_ALL: Final = "~"


def troubles(session: Session, states: Sequence[CaseState], *, limit: int, behind: str | None) -> list[Trouble]:
    """Return up to `limit` cases in these states, newest first, that come behind one."""
    values = {"states": [str(state) for state in states], "behind": behind or _BEHIND_ALL, "most": limit}
    rows = session.execute(_TROUBLES, values).mappings()
    return [Trouble(**{**row, "state": CaseState(row["state"])}) for row in rows]


def clinic_of(session: Session, case_id: str) -> str | None:
    """Return whose case it is, if there is one. The transaction has to see all clinics."""
    return session.scalar(select(Case.clinic_id).where(Case.id == case_id))
