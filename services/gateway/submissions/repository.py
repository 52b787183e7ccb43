"""Every SQL statement of a submission. `shared.db.lifecycle` writes case, run and event in the same transaction."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.gateway.cases.repository import CaseRow
from services.gateway.clinics.tenant import Tenant
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


def lock_key(session: Session, tenant: Tenant, key: str) -> bool:
    """Take the key for the rest of the transaction; False where another request holds it."""
    digest = hashlib.sha256(f"{tenant.clinic_id}\0{_route(tenant)}\0{key}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(number))))


def _route(tenant: Tenant) -> str:
    """Return the route under which answers are kept: one of its own for each subject that submits by a device.

    Keys of two subjects, or of a subject and its clinic, never meet. A person's next phone goes on with the queue of
    the one before.
    """
    return ROUTE if tenant.subject_ref is None else f"{ROUTE} of {tenant.subject_ref}"


def answer_of(session: Session, tenant: Tenant, key: str | None) -> StoredAnswer | None:
    """Return what was answered under the key within the last 24 hours; None without a key."""
    if key is None:
        return None
    row = session.scalar(
        select(IdempotencyRecord).where(
            IdempotencyRecord.clinic_id == tenant.clinic_id,
            IdempotencyRecord.route == _route(tenant),
            IdempotencyRecord.key == key,
            IdempotencyRecord.expires_at > func.now(),
        )
    )
    return None if row is None else StoredAnswer(fingerprint=row.fingerprint, body=row.response)


def keep_answer(session: Session, tenant: Tenant, key: str, case_id: str, answer: StoredAnswer) -> None:
    """Store the answer under the key, over one that has expired."""
    values = {
        "fingerprint": answer.fingerprint,
        "case_id": case_id,
        "status": 202,
        "response": answer.body,
        "created_at": func.now(),
        "expires_at": func.now() + KEPT,
    }
    statement = insert(IdempotencyRecord).values(clinic_id=tenant.clinic_id, route=_route(tenant), key=key, **values)
    session.execute(
        statement.on_conflict_do_update(constraint="pk_idempotency_records", set_=values),
    )


def accept(session: Session, new: NewCase) -> CaseRow:
    return CaseRow(case=lifecycle.accept_case(session, new), result=None, attempts=0, cancel_requested=False)
