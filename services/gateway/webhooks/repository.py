"""Every SQL statement about webhook endpoints and their secrets. Row-level security narrows each to the clinic.

Of a secret the gateway may write the ciphertext and read the rest: whole rows are never selected here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from shared.contracts.enums import DisabledReason
from shared.contracts.ids import IdPrefix, new_id
from shared.db.models import Clinic, WebhookEndpoint, WebhookSecret

MOST_OLD_SECRETS: Final = 10
"""That sign beside the current one."""
_BULK: Final = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A secret that signs, without it."""

    id: str
    endpoint_id: str
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint and its secrets that sign, newest first."""

    endpoint: WebhookEndpoint
    secrets: Sequence[SecretRow]


def _of(clinic_id: str, endpoint_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        WebhookEndpoint.id == endpoint_id,
        WebhookEndpoint.clinic_id == clinic_id,
        WebhookEndpoint.deleted_at.is_(None),
    )


def find(session: Session, clinic_id: str, endpoint_id: str) -> EndpointRow | None:
    endpoint = session.scalar(select(WebhookEndpoint).where(*_of(clinic_id, endpoint_id)))
    return None if endpoint is None else _row(session, endpoint)


def every(session: Session, clinic_id: str) -> list[EndpointRow]:
    """Return the clinic's endpoints, newest first."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.clinic_id == clinic_id, WebhookEndpoint.deleted_at.is_(None))
    endpoints = session.scalars(query.order_by(WebhookEndpoint.id.desc())).all()
    secrets = _secrets(session, [endpoint.id for endpoint in endpoints])
    return [EndpointRow(each, [row for row in secrets if row.endpoint_id == each.id]) for each in endpoints]


def add(session: Session, endpoint: WebhookEndpoint, ciphertext: str, most: int) -> EndpointRow | None:
    """Add an endpoint with its first secret; None where the clinic has `most` of them.

    The clinic is locked, so that two that are added at once are counted one after the other.
    """
    clinic_id = endpoint.clinic_id
    session.execute(select(Clinic.id).where(Clinic.id == clinic_id).with_for_update(key_share=True))
    mine = (WebhookEndpoint.clinic_id == clinic_id, WebhookEndpoint.deleted_at.is_(None))
    if (session.scalar(select(func.count()).where(*mine)) or 0) >= most:
        return None
    session.add(endpoint)
    session.flush()
    _add_secret(session, endpoint, ciphertext)
    return _row(session, endpoint)


def change(session: Session, clinic_id: str, endpoint_id: str, values: dict[str, Any]) -> EndpointRow | None:
    """Set these columns; None where there is no such endpoint. Locks it until the commit."""
    endpoint = session.scalar(
        update(WebhookEndpoint)
        .where(*_of(clinic_id, endpoint_id))
        .values(updated_at=func.now(), **values)
        .returning(WebhookEndpoint),
        execution_options=_BULK,
    )
    return None if endpoint is None else _row(session, endpoint)


def enable(session: Session, clinic_id: str, endpoint_id: str) -> EndpointRow | None:
    """Let deliveries go again, and forget how the endpoint has answered; None where there is no such endpoint."""
    return change(session, clinic_id, endpoint_id, {"disabled_reason": None, "disabled_at": None, **unjudged()})


def unjudged() -> dict[str, Any]:
    """Return the columns of an endpoint of which nothing bad is known."""
    return {"failing_since": None, "timed_out": False, "paused_until": None}


def disable(session: Session, clinic_id: str, endpoint_id: str) -> EndpointRow | None:
    """Stop deliveries; one that is stopped keeps its reason. None where there is no such endpoint."""
    return change(session, clinic_id, endpoint_id, _disabled())


def remove(session: Session, clinic_id: str, endpoint_id: str) -> bool:
    """Take the endpoint away and its secrets out of the database; False where there is no such endpoint."""
    gone = change(session, clinic_id, endpoint_id, {"deleted_at": func.now(), **_disabled()})
    if gone is None:
        return False
    session.execute(delete(WebhookSecret).where(WebhookSecret.endpoint_id == endpoint_id), execution_options=_BULK)
    return True


def _disabled() -> dict[str, Any]:
    return {
        "disabled_reason": func.coalesce(WebhookEndpoint.disabled_reason, DisabledReason.CALLER),
        "disabled_at": func.coalesce(WebhookEndpoint.disabled_at, func.now()),
    }


def hand_over(
    session: Session, clinic_id: str, endpoint_id: str, ciphertext: str, overlap: timedelta
) -> EndpointRow | None:
    """Give the endpoint another current secret; the one before ends after `overlap`, without one all others at once.

    The endpoint is locked first, so that of two rotations the later one ends the secret of the earlier. None where
    there is no such endpoint.
    """
    locked = change(session, clinic_id, endpoint_id, {})
    if locked is None:
        return None
    mine = WebhookSecret.endpoint_id == endpoint_id
    if overlap:
        ends = update(WebhookSecret).where(mine, WebhookSecret.expires_at.is_(None))
        session.execute(ends.values(expires_at=func.now() + overlap), execution_options=_BULK)
        kept = select(WebhookSecret.id).where(mine, WebhookSecret.expires_at > func.now())
        kept = kept.order_by(WebhookSecret.id.desc()).limit(MOST_OLD_SECRETS)
        session.execute(delete(WebhookSecret).where(mine, WebhookSecret.id.not_in(kept)), execution_options=_BULK)
    else:
        session.execute(delete(WebhookSecret).where(mine), execution_options=_BULK)
    _add_secret(session, locked.endpoint, ciphertext)
    return _row(session, locked.endpoint)


def _add_secret(session: Session, endpoint: WebhookEndpoint, ciphertext: str) -> None:
    session.add(
        WebhookSecret(
            id=new_id(IdPrefix.SECRET), endpoint_id=endpoint.id, clinic_id=endpoint.clinic_id, ciphertext=ciphertext
        )
    )
    session.flush()


def _row(session: Session, endpoint: WebhookEndpoint) -> EndpointRow:
    return EndpointRow(endpoint, _secrets(session, [endpoint.id]))


def _secrets(session: Session, endpoint_ids: Iterable[str]) -> list[SecretRow]:
    query = (
        select(WebhookSecret.id, WebhookSecret.endpoint_id, WebhookSecret.created_at, WebhookSecret.expires_at)
        .where(WebhookSecret.endpoint_id.in_(endpoint_ids))
        .where(or_(WebhookSecret.expires_at.is_(None), WebhookSecret.expires_at > func.now()))
        .order_by(WebhookSecret.expires_at.is_(None).desc(), WebhookSecret.id.desc())
    )
    return [SecretRow(*row) for row in session.execute(query)]
