"""Every SQL statement about clinics and keys, and the one by which a device's token is looked up.

Clinics and keys are no tenant's, so no clinic is named to Postgres; a token shows its device to who presents it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ScalarResult, func, or_, select, text, update
from sqlalchemy.orm import Session

from shared.contracts.enums import TokenKind
from shared.db.models import ApiKey, Clinic, Device, DeviceToken

_USE_NOTED: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key, whether it counts or not."""

    row: ApiKey
    expired: bool

    @property
    def revoked(self) -> bool:
        return self.row.revoked_at is not None


def key_by_digest(session: Session, digest: bytes) -> FoundKey | None:
    """Return the key with this digest, and whether it has expired by the clock of the database."""
    expired = func.coalesce(ApiKey.expires_at <= func.now(), False)
    row = session.execute(select(ApiKey, expired).where(ApiKey.secret_sha256 == digest)).one_or_none()
    return None if row is None else FoundKey(*row)


def note_use(session: Session, key_id: str) -> None:
    """Write down that the key is in use, once a minute at most."""
    stale = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < func.now() - text("interval '1 minute'"))
    session.execute(update(ApiKey).where(ApiKey.id == key_id, stale).values(last_used_at=func.now()))


@dataclass(frozen=True, slots=True)
class DeviceCall:
    """A device whose access token counts now. `unnoted`: its use is not written down yet, or not lately."""

    device: Device
    clinic: Clinic
    expires_at: datetime
    unnoted: bool


def device_by_access(session: Session, digest: bytes) -> DeviceCall | None:
    """Return the device to which this access token was given, if both count now. The digest must be presented."""
    stale = or_(
        DeviceToken.used_at.is_(None), Device.last_used_at.is_(None), Device.last_used_at < func.now() - _USE_NOTED
    )
    row = session.execute(
        select(Device, Clinic, DeviceToken.expires_at, stale)
        .join(Device, Device.id == DeviceToken.device_id)
        .join(Clinic, Clinic.id == Device.clinic_id)
        .where(
            DeviceToken.digest == digest,
            DeviceToken.kind == TokenKind.ACCESS,
            DeviceToken.expires_at > func.now(),
            DeviceToken.ended_at.is_(None),
            Device.revoked_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else DeviceCall(*row)


def note_device(session: Session, device_id: str, digest: bytes) -> None:
    """Write down that the device is in use, and that this token has arrived there."""
    quiet = {"synchronize_session": False}
    # The device before its tokens, as everywhere, so that nobody waits for each other.
    session.execute(
        update(Device).where(Device.id == device_id).values(last_used_at=func.now()), execution_options=quiet
    )
    first = update(DeviceToken).where(DeviceToken.digest == digest, DeviceToken.used_at.is_(None))
    session.execute(first.values(used_at=func.now()), execution_options=quiet)


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
