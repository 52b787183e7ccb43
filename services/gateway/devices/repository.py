"""Every SQL statement about devices and the tokens that they are given; callers are looked up in `clinics`."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from services.gateway.devices.pairs import NewPair
from shared.contracts.enums import RevokedBecause, TokenKind
from shared.db.models import Clinic, Device, DeviceToken
from shared.db.session import name_clinic

_QUIET: Final = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Held:
    """A device that nobody else may give tokens to meanwhile, and how the refresh token that was presented stands.

    `ended`: another was given out in its place. `followed`: one that was given out later is in use.
    """

    device: Device
    number: int
    expired: bool
    ended: bool
    followed: bool
    given_lately: int


def add(session: Session, device: Device, pair: NewPair) -> None:
    """Write down a new device with its first pair of tokens."""
    session.add(device)
    session.flush()
    session.add_all(pair.rows)
    session.flush()


def clinic_name(session: Session, clinic_id: str) -> str:
    return session.scalars(select(Clinic.name).where(Clinic.id == clinic_id)).one()


def hold(session: Session, digest: bytes, *, grace: timedelta, lately: timedelta) -> Held | None:
    """Hold the device to which this refresh token was given; None where there is none. The digest must be presented.

    A call with an access token shows that it has arrived, and that of its pair the refresh token has, too; but not
    within `grace` after it was made: then two requests of one device met, and both may have been answered.
    """
    known = select(DeviceToken.clinic_id, DeviceToken.device_id, DeviceToken.number)
    found = session.execute(
        known.where(DeviceToken.digest == digest, DeviceToken.kind == TokenKind.REFRESH)
    ).one_or_none()
    if found is None:
        return None
    name_clinic(session, found.clinic_id)
    device = session.scalars(select(Device).where(Device.id == found.device_id).with_for_update()).one_or_none()
    if device is None:
        return None
    mine = DeviceToken.device_id == device.id
    arrived = or_(DeviceToken.kind == TokenKind.REFRESH, DeviceToken.created_at <= func.now() - grace)
    later = and_(mine, DeviceToken.number > found.number, DeviceToken.ended_at.is_(None))
    given = and_(mine, DeviceToken.kind == TokenKind.REFRESH, DeviceToken.created_at > func.now() - lately)
    row = session.execute(
        select(
            (DeviceToken.expires_at <= func.now()).label("expired"),
            DeviceToken.ended_at.is_not(None).label("ended"),
            exists().where(later, DeviceToken.used_at.is_not(None), arrived).label("followed"),
            select(func.count()).where(given).correlate(None).scalar_subquery().label("given_lately"),
        ).where(DeviceToken.digest == digest)
    ).one()
    return Held(device, found.number, row.expired, row.ended, row.followed, row.given_lately)


def replace(session: Session, held: Held, pair: NewPair) -> None:
    """Write down the next pair, note that the refresh token was used, and end the pairs behind it: none has arrived."""
    mine = DeviceToken.device_id == held.device.id
    used = update(DeviceToken).where(
        mine, DeviceToken.number == held.number, DeviceToken.kind == TokenKind.REFRESH, DeviceToken.used_at.is_(None)
    )
    session.execute(used.values(used_at=func.now()), execution_options=_QUIET)
    lost = update(DeviceToken).where(mine, DeviceToken.number > held.number, DeviceToken.ended_at.is_(None))
    session.execute(lost.values(ended_at=func.now()), execution_options=_QUIET)
    session.add_all(pair.rows)
    session.flush()


def end(session: Session, clinic_id: str, device_id: str, because: RevokedBecause) -> Device | None:
    """Sign a device of the clinic out for good; one that was before stays as it is. None where there is none such."""
    which = (Device.id == device_id, Device.clinic_id == clinic_id)
    session.execute(
        update(Device)
        .where(*which, Device.revoked_at.is_(None))
        .values(revoked_at=func.now(), revoked_because=because),
        execution_options=_QUIET,
    )
    return session.scalar(select(Device).where(*which).execution_options(populate_existing=True))


def page(session: Session, clinic_id: str, *, subject_ref: str | None, limit: int, behind: str | None) -> list[Device]:
    """Return up to `limit` devices, newest first, that come behind one."""
    query = select(Device).where(Device.clinic_id == clinic_id).order_by(Device.id.desc()).limit(limit)
    if subject_ref is not None:
        query = query.where(Device.subject_ref == subject_ref)
    return list(session.scalars(query if behind is None else query.where(Device.id < behind)))
