"""What is left to do of erasures, and what was done. The rest of an erasure is the life cycle's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, text, update
from sqlalchemy.orm import Session

from shared.contracts.enums import ErasureReason
from shared.contracts.erasure_entry import ErasureEntry
from shared.db.models import Case, Erasure, SubjectErasure, Upload

_BULK = {"synchronize_session": False}
# An erasure bears the time at which its transaction began; none takes as long as this until it can be seen.
_LONGEST_TRANSACTION = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class OpenErasure:
    """An erased case whose objects are to be removed. `settled`: nobody can put any there any more.

    `upload_key`: where its photo was uploaded, if it was uploaded directly.
    """

    entry: ErasureEntry
    settled: bool
    upload_key: str | None

    @property
    def case_id(self) -> str:
        return self.entry.case_id


def open_erasures(session: Session, *, after: str, settled_after: timedelta, limit: int) -> list[OpenErasure]:
    """Return, by case id, those that had no pass yet, and those whose last one is due.

    Settled is an erasure once so much time has passed, and the form by which the photo was uploaded counts no more.
    """
    settled = and_(
        Erasure.requested_at <= func.now() - settled_after,
        func.coalesce(Upload.expires_at <= func.now(), True),
    )
    rows = session.execute(
        select(Erasure, settled, Upload.key)
        .outerjoin(Upload, Upload.case_id == Erasure.case_id)
        .where(
            Erasure.proved_at.is_(None),
            Erasure.case_id > after,
            or_(Erasure.objects_removed_at.is_(None), settled),
        )
        .order_by(Erasure.case_id)
        .limit(limit)
    )
    return [OpenErasure(_entry(erasure), bool(is_settled), key) for erasure, is_settled, key in rows]


def _entry(erasure: Erasure) -> ErasureEntry:
    reason = ErasureReason(erasure.reason)
    return ErasureEntry(erasure.case_id, erasure.clinic_id, erasure.requested_at, erasure.requested_by, reason)


def ledger_complete_to(session: Session) -> tuple[str, datetime]:
    """Return which record this is, and a moment before which it was asked for no erasure that had no pass yet.

    A pass writes the ledger first.
    """
    waiting = select(func.min(Erasure.requested_at)).where(
        Erasure.proved_at.is_(None), Erasure.objects_removed_at.is_(None)
    )
    moment = func.least(func.now() - _LONGEST_TRANSACTION, waiting.scalar_subquery())
    record, complete_to = session.execute(select(func.record_id(), moment)).one()
    return record, complete_to


def note_removed(session: Session, case_id: str, objects: int) -> None:
    """Note that a pass has deleted so many objects, all that it found."""
    session.execute(
        update(Erasure)
        .where(Erasure.case_id == case_id, Erasure.proved_at.is_(None))
        .values(
            objects_removed_at=func.coalesce(Erasure.objects_removed_at, func.now()),
            objects_removed=Erasure.objects_removed + objects,
        ),
        execution_options=_BULK,
    )


def note_proved(session: Session, case_id: str) -> None:
    """Note that nothing was found any more."""
    session.execute(
        update(Erasure)
        .where(Erasure.case_id == case_id, Erasure.objects_removed_at.is_not(None), Erasure.proved_at.is_(None))
        .values(proved_at=func.now()),
        execution_options=_BULK,
    )


def open_subject_erasures(session: Session) -> Sequence[str]:
    """Return the erasures of all that is stored of a subject that are not finished, oldest first."""
    return session.scalars(
        select(SubjectErasure.id).where(SubjectErasure.finished_at.is_(None)).order_by(SubjectErasure.id)
    ).all()


# From every clinic that has a clock the oldest that are past it; what is open waits until it ends.
PAST_RETENTION = text("""
SELECT late.clinic_id, late.id
FROM clinics k CROSS JOIN LATERAL (
  SELECT c.clinic_id, c.id, c.created_at FROM cases c
  WHERE c.clinic_id = k.id AND c.state NOT IN ('accepted', 'processing', 'erased')
    AND c.created_at < now() - make_interval(days => k.retention_days)
  ORDER BY c.created_at, c.id LIMIT :most
) late
WHERE k.retention_days IS NOT NULL
ORDER BY late.created_at, late.id LIMIT :most
""")


def past_retention(session: Session, limit: int) -> list[tuple[str, str]]:
    """Return clinic and id of up to `limit` cases that are past their clinic's clock, oldest first."""
    return [(clinic_id, case_id) for clinic_id, case_id in session.execute(PAST_RETENTION, {"most": limit})]


def clinic_of(session: Session, case_id: str) -> str:
    return session.scalars(select(Case.clinic_id).where(Case.id == case_id)).one()
