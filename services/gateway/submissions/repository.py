"""Every SQL statement of a submission. `shared.db.lifecycle` writes case, run and event in the same transaction."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.gateway.cases.repository import CaseRow
from shared.db import lifecycle
from shared.db.models import IdempotencyRecord
from shared.db.records import NewCase

ROUTE: Final = "POST /v1/cases"
KEPT: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered under a key, and to which request."""

    fingerprint: str
    body: dict[str, Any]


def lock_key(session: Session, clinic_id: str, key: str) -> bool:
    """Take the key for the rest of the transaction; False where another request holds it."""
    digest = hashlib.sha256(f"{clinic_id}\0{ROUTE}\0{key}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(number))))


def answer_of(session: Session, clinic_id: str, key: str) -> StoredAnswer | None:
    """Return what was answered under the key within the last 24 hours."""
    row = session.scalar(
        select(IdempotencyRecord).where(
            IdempotencyRecord.clinic_id == clinic_id,
            IdempotencyRecord.route == ROUTE,
            IdempotencyRecord.key == key,
            IdempotencyRecord.expires_at > func.now(),
        )
    )
    return None if row is None else StoredAnswer(fingerprint=row.fingerprint, body=row.response)


def keep_answer(session: Session, clinic_id: str, key: str, case_id: str, answer: StoredAnswer) -> None:
    """Store the answer under the key, over one that has expired."""
    values = {
        "fingerprint": answer.fingerprint,
        "case_id": case_id,
        "status": 202,
        "response": answer.body,
        "created_at": func.now(),
        "expires_at": func.now() + KEPT,
    }
    statement = insert(IdempotencyRecord).values(clinic_id=clinic_id, route=ROUTE, key=key, **values)
    session.execute(
        statement.on_conflict_do_update(constraint="pk_idempotency_records", set_=values),
    )


def accept(session: Session, new: NewCase) -> CaseRow:
    return CaseRow(case=lifecycle.accept_case(session, new), result=None, attempts=0, cancel_requested=False)
