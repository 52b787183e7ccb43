"""Every SQL statement about clinics and keys. Neither table is a tenant's, so no clinic is named to Postgres."""

from datetime import datetime

from sqlalchemy import ScalarResult, func, or_, select, text, update
from sqlalchemy.orm import Session

from shared.db.models import ApiKey, Clinic


def key_by_digest(session: Session, digest: bytes) -> ApiKey | None:
    """Return the key with this digest if it counts now: neither revoked nor expired."""
    return session.scalar(
        select(ApiKey).where(
            ApiKey.secret_sha256 == digest,
            ApiKey.revoked_at.is_(None),
            or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now()),
        )
    )


def note_use(session: Session, key_id: str) -> None:
    """Write down that the key is in use, once a minute at most."""
    stale = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < func.now() - text("interval '1 minute'"))
    session.execute(update(ApiKey).where(ApiKey.id == key_id, stale).values(last_used_at=func.now()))


def add_clinic(session: Session, clinic: Clinic) -> None:
    session.add(clinic)
    session.flush()


def add_key(session: Session, key: ApiKey) -> None:
    session.add(key)
    session.flush()


def key_for_update(session: Session, key_id: str) -> ApiKey | None:
    return session.scalar(select(ApiKey).where(ApiKey.id == key_id).with_for_update())


def clinic_by_id(session: Session, clinic_id: str) -> Clinic | None:
    return session.get(Clinic, clinic_id)


def clinic_for_update(session: Session, clinic_id: str) -> Clinic | None:
    return session.scalar(select(Clinic).where(Clinic.id == clinic_id).with_for_update())


def clinics(session: Session, *, limit: int, behind: str | None) -> list[Clinic]:
    """Return up to `limit` clinics, newest first, that come behind one."""
    query = select(Clinic).order_by(Clinic.id.desc()).limit(limit)
    return list(session.scalars(query if behind is None else query.where(Clinic.id < behind)))


def end_key(session: Session, key_id: str, at: datetime | None) -> None:
    """Revoke the key now, or let it expire at a time that is not later than what it had."""
    if at is None:
        session.execute(
            update(ApiKey).where(ApiKey.id == key_id).values(revoked_at=func.coalesce(ApiKey.revoked_at, func.now()))
        )
        return
    # LEAST ignores NULL, so a key without an end gets this one.
    session.execute(update(ApiKey).where(ApiKey.id == key_id).values(expires_at=func.least(ApiKey.expires_at, at)))


def keys(session: Session, clinic_id: str | None = None) -> ScalarResult[ApiKey]:
    query = select(ApiKey).order_by(ApiKey.id)
    return session.scalars(query if clinic_id is None else query.where(ApiKey.clinic_id == clinic_id))


def clinic_names(session: Session) -> dict[str, str]:
    return {row.id: row.name for row in session.execute(select(Clinic.id, Clinic.name))}
