"""Signs devices in, gives them their next tokens, and signs them out.

A refresh token counts once. One that comes again is held by two, and nobody can tell which of them is the device: both
are signed out (RFC 9700, 4.14.2). But an answer may be lost on its way to a phone, which then knows the old token
alone: that one counts again until its successor, or the access token that came with it, was used.
"""

from datetime import timedelta
from typing import Final

from services.gateway.clinics.keys import digest_of, looks_like_token
from services.gateway.clinics.schemas import Visitor
from services.gateway.clinics.tenant import Tenant
from services.gateway.devices import repository
from services.gateway.devices.pairs import Lives, NewPair, next_pair
from services.gateway.devices.repository import Held
from services.gateway.devices.schemas import ClinicName, DeviceBody, EnrolDevice, SignedIn
from services.gateway.enrolments import repository as codes
from services.gateway.enrolments import service as enrolments
from services.gateway.parts import Parts
from services.gateway.refusals import EnrolmentRefused, NotFound, RateLimited, RefreshReused, Unauthenticated
from shared.contracts.access import AccessAction, AccessOutcome, ActorKind
from shared.contracts.enums import RevokedBecause, TokenKind
from shared.contracts.ids import IdPrefix, new_id
from shared.db.access_log import Access, Origin, record_access
from shared.db.models import Device, Enrolment
from shared.db.session import name_clinic
from shared.observability.logging import get_logger

_log = get_logger(__name__)
# Two pages of one browser that open at once send the same cookie; the second answer may come after the first was used.
_GRACE: Final = timedelta(seconds=10)
_MINUTE: Final = timedelta(minutes=1)
_MOST_A_MINUTE: Final = 20


def enrol(parts: Parts, asked: EnrolDevice, visitor: Visitor) -> SignedIn:
    """Sign a new device in by a code. Raises EnrolmentRefused, RateLimited, DatabaseUnavailable."""
    digest = enrolments.read(parts.database, asked.code, parts.settings.failed_codes_per_hour)
    given = _sign_in(parts, digest, asked.name, visitor)
    if given is None:
        enrolments.note_failure(parts.database, visitor)
        raise EnrolmentRefused
    _log.info("device_enrolled", device_id=given.device_id)
    return given


def _sign_in(parts: Parts, digest: bytes, name: str | None, visitor: Visitor) -> SignedIn | None:
    """One transaction: no code is used up without a device, and no device comes without a code."""
    with parts.database.transaction(presented=digest) as session:
        enrolment = codes.use_up(session, digest)
        if enrolment is None:
            return None
        name_clinic(session, enrolment.clinic_id)
        device = _new_device(enrolment, name)
        pair = next_pair(device, Lives.of(parts.settings))
        repository.add(session, device, pair)
        record_access(session, _by(device, visitor), Access(AccessAction.DEVICE_ENROLLED, subject=device.id))
        return _told(device, pair, repository.clinic_name(session, device.clinic_id))


def refresh(parts: Parts, token: str | None, visitor: Visitor) -> SignedIn:
    """Return the next pair of tokens.

    Raises Unauthenticated, RefreshReused with the device signed out, RateLimited, DatabaseUnavailable.
    """
    if token is None or not looks_like_token(token, TokenKind.REFRESH):
        raise Unauthenticated("send a device's refresh token")
    digest = digest_of(token)
    given: SignedIn | None = None
    with parts.database.transaction(presented=digest) as session:
        held = repository.hold(session, digest, grace=_GRACE, lately=_MINUTE)
        counts = held is not None and not held.expired and held.device.revoked_at is None
        if held is not None and counts and _is_reuse(held):
            repository.end(session, held.device.clinic_id, held.device.id, RevokedBecause.REUSE)
        elif held is not None and counts:
            pair = _next(held, Lives.of(parts.settings))
            repository.replace(session, held, pair)
            given = _told(held.device, pair, repository.clinic_name(session, held.device.clinic_id))
        record_access(session, *_refresh_told(visitor, held, given))
    # After the commit, which is what signs the device out.
    if held is None or not counts:
        raise Unauthenticated("the token is unknown, expired or revoked")
    if given is None:
        _log.warning("refresh_token_reused", device_id=held.device.id)
        raise RefreshReused
    return given


def _by(device: Device | None, visitor: Visitor) -> Origin:
    if device is None:
        return visitor.origin(ActorKind.NOBODY)
    return visitor.origin(ActorKind.DEVICE, clinic_id=device.clinic_id, device_id=device.id)


def _refresh_told(visitor: Visitor, held: Held | None, given: SignedIn | None) -> tuple[Origin, Access]:
    """Return what the access log is told of a refresh token that was shown, whether it counted or not."""
    device = None if held is None else held.device
    outcome = AccessOutcome.REFUSED if given is None else AccessOutcome.DONE
    subject = None if device is None else device.id
    return _by(device, visitor), Access(AccessAction.DEVICE_REFRESHED, subject=subject, outcome=outcome)


def _new_device(enrolment: Enrolment, name: str | None) -> Device:
    return Device(
        id=new_id(IdPrefix.DEVICE),
        clinic_id=enrolment.clinic_id,
        subject_ref=enrolment.subject_ref,
        name=name,
        enrolled_by=enrolment.made_by,
        number=0,
    )


def _is_reuse(held: Held) -> bool:
    return held.ended or held.followed


def _next(held: Held, lives: Lives) -> NewPair:
    if held.given_lately >= _MOST_A_MINUTE:
        raise RateLimited("too many tokens in a minute", int(_MINUTE.total_seconds()))
    return next_pair(held.device, lives)


def _told(device: Device, pair: NewPair, clinic: str) -> SignedIn:
    return SignedIn(
        device_id=device.id,
        access_token=pair.access.text,
        access_expires_at=pair.access_expires_at,
        refresh_token=pair.refresh.text,
        refresh_expires_at=pair.refresh_expires_at,
        subject_ref=device.subject_ref,
        clinic=ClinicName(id=device.clinic_id, name=clinic),
    )


def sign_out(tenant: Tenant) -> None:
    """Sign the calling device out for good. Raises DatabaseUnavailable."""
    if tenant.device_id is not None:
        with tenant.transaction() as session:
            repository.end(session, tenant.clinic_id, tenant.device_id, RevokedBecause.LOGOUT)
            tenant.record(session, Access(AccessAction.DEVICE_SIGNED_OUT, subject=tenant.device_id))
        _log.info("device_signed_out", device_id=tenant.device_id)


def revoke(tenant: Tenant, device_id: str) -> DeviceBody:
    """Sign a device of the clinic out for good. Raises NotFound, DatabaseUnavailable."""
    with tenant.transaction() as session:
        device = repository.end(session, tenant.clinic_id, device_id, RevokedBecause.CLINIC)
        if device is None:
            raise NotFound("there is no such device")
        tenant.record(session, Access(AccessAction.DEVICE_REVOKED, subject=device_id))
    _log.info("device_revoked", device_id=device_id)
    return tell(device)


def tell(device: Device) -> DeviceBody:
    return DeviceBody(
        device_id=device.id,
        subject_ref=device.subject_ref,
        name=device.name,
        created_at=device.created_at,
        last_used_at=device.last_used_at,
        expires_at=device.expires_at,
        revoked_at=device.revoked_at,
        revoked_because=None if device.revoked_because is None else RevokedBecause(device.revoked_because),
    )
