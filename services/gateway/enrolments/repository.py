"""Every SQL statement about codes, and about how many that are none were tried."""

from datetime import timedelta

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.db.models import ApiKey, Enrolment, EnrolmentFailure, SubjectErasure


def add(session: Session, enrolment: Enrolment) -> None:
    session.add(enrolment)
    session.flush()


def being_erased(session: Session, clinic_id: str, subject_ref: str) -> bool:
    """Whether all that is stored of the subject is to go. It stays so until the commit where the subject is held."""
    open_one = exists().where(SubjectErasure.clinic_id == clinic_id, SubjectErasure.subject_ref == subject_ref)
    return session.execute(select(open_one)).scalar_one()


def use_up(session: Session, digest: bytes) -> Enrolment | None:
    """Use the code with this digest up; None where none counts. Its digest must be presented.

    Of several at once one gets it. A code counts while the key that made it does.
    """
    makers = select(ApiKey.id).where(
        ApiKey.revoked_at.is_(None), or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now())
    )
    return session.scalar(
        update(Enrolment)
        .where(
            Enrolment.code_digest == digest,
            Enrolment.used_at.is_(None),
            Enrolment.expires_at > func.now(),
            Enrolment.made_by.in_(makers),
        )
        .values(used_at=func.now())
        .returning(Enrolment),
        execution_options={"synchronize_session": False},
    )


def note_failure(session: Session) -> None:
    """Count a code that does not count."""
    minute = func.date_trunc("minute", func.now())
    one = insert(EnrolmentFailure).values(minute=minute, count=1)
    more = {"count": EnrolmentFailure.count + 1}
    session.execute(one.on_conflict_do_update(constraint="pk_enrolment_failures", set_=more))


def failures_within(session: Session, time: timedelta) -> int:
    """Return how many codes that do not count were tried within that time, from everywhere."""
    count = func.coalesce(func.sum(EnrolmentFailure.count), 0)
    return session.scalars(select(count).where(EnrolmentFailure.minute > func.now() - time)).one()
