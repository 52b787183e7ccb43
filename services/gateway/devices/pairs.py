"""The two tokens that a device is given together, and how long they count. Pure; nothing is written here."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.gateway.clinics.keys import NewKey, make_token
from services.gateway.settings import GatewaySettings
from shared.contracts.enums import TokenKind
from shared.db.models import Device, DeviceToken


@dataclass(frozen=True, slots=True)
class Lives:
    """How long each token of a pair counts."""

    access: timedelta
    refresh: timedelta

    @classmethod
    def of(cls, settings: GatewaySettings) -> "Lives":
        return cls(timedelta(seconds=settings.device_access_s), timedelta(days=settings.device_refresh_days))


@dataclass(frozen=True, slots=True)
class NewPair:
    """A pair at the one moment when its texts are known, and the rows that are kept of it."""

    access: NewKey = field(repr=False)
    access_expires_at: datetime
    refresh: NewKey = field(repr=False)
    refresh_expires_at: datetime
    rows: list[DeviceToken] = field(repr=False)


def next_pair(device: Device, lives: Lives) -> NewPair:
    """Return the device's next pair, and count it on the device."""
    now = datetime.now(UTC)
    device.number += 1
    device.expires_at = now + lives.refresh
    access, refresh = make_token(TokenKind.ACCESS), make_token(TokenKind.REFRESH)
    rows = [
        _row(device, TokenKind.ACCESS, access.digest, now + lives.access),
        _row(device, TokenKind.REFRESH, refresh.digest, device.expires_at),
    ]
    return NewPair(access, now + lives.access, refresh, device.expires_at, rows)


def _row(device: Device, kind: TokenKind, digest: bytes, expires_at: datetime) -> DeviceToken:
    return DeviceToken(
        digest=digest,
        clinic_id=device.clinic_id,
        device_id=device.id,
        kind=kind,
        number=device.number,
        expires_at=expires_at,
    )
