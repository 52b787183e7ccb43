"""Decides what a clinic may do with its webhook endpoints. A secret is in clear only in the answer that creates it."""

from datetime import timedelta
from typing import Any, Final

from services.gateway.clinics.tenant import Tenant
from services.gateway.parts import Parts
from services.gateway.refusals import FieldProblem, NotFound, TooManyEndpoints, ValidationFailed
from services.gateway.webhooks import repository
from services.gateway.webhooks.repository import EndpointRow
from services.gateway.webhooks.schemas import (
    EndpointBody,
    EndpointChange,
    EndpointWithSecret,
    NewEndpoint,
    SecretLine,
    SecretRotation,
)
from shared.contracts.access import AccessAction
from shared.contracts.enums import DisabledReason, EventType, PayloadKind
from shared.contracts.ids import IdPrefix, new_id
from shared.contracts.tasks import TaskName
from shared.contracts.webhook_signature import new_secret
from shared.contracts.webhook_url import UrlRefusal, check_url
from shared.db.access_log import Access
from shared.db.models import WebhookEndpoint
from shared.observability.logging import get_logger

MOST_ENDPOINTS: Final = 20
NO_SUCH_ENDPOINT: Final = "there is no such webhook endpoint"
_log = get_logger(__name__)
_RULES: Final[dict[str, str]] = {
    UrlRefusal.TOO_LONG: "a URL has 2,048 characters at most",
    UrlRefusal.NOT_A_URL: "not a URL, or with characters that have to be escaped",
    UrlRefusal.NOT_HTTPS: "the URL has to begin with https://",
    UrlRefusal.USERINFO: "the URL may name no user and no password",
    UrlRefusal.FRAGMENT: "the URL may have no fragment",
    UrlRefusal.NO_HOST: "the URL names no host",
    UrlRefusal.BAD_HOST: "the host is no name and no address",
    UrlRefusal.NUMERIC_HOST: "an address is written as four decimal numbers, or as IPv6 in brackets",
    UrlRefusal.BAD_PORT: "the port may be 443 or 8443",
    UrlRefusal.NOT_PUBLIC: "the address is not a public one",
}


def create(parts: Parts, tenant: Tenant, new: NewEndpoint) -> EndpointWithSecret:
    """Add an endpoint with its first secret. Raises ValidationFailed, TooManyEndpoints, DatabaseUnavailable."""
    _check(parts, new.url)
    secret = new_secret()
    endpoint = WebhookEndpoint(id=new_id(IdPrefix.ENDPOINT), clinic_id=tenant.clinic_id, **new.model_dump(mode="json"))
    with tenant.transaction() as session:
        row = repository.add(session, endpoint, parts.secret_box.seal(secret), MOST_ENDPOINTS)
        if row is None:
            raise TooManyEndpoints(f"a clinic may have {MOST_ENDPOINTS} webhook endpoints; delete one first")
        tenant.record(session, Access(AccessAction.ENDPOINT_CREATED, subject=endpoint.id))
    _log.info("webhook_endpoint_created", endpoint_id=endpoint.id)
    return _with_secret(row, secret)


def list_all(tenant: Tenant) -> list[EndpointBody]:
    """Return the clinic's endpoints, newest first. Raises DatabaseUnavailable."""
    with tenant.transaction() as session:
        rows = repository.every(session, tenant.clinic_id)
    return [tell(row) for row in rows]


def find(tenant: Tenant, endpoint_id: str) -> EndpointBody:
    """Return one endpoint. Raises NotFound, DatabaseUnavailable."""
    with tenant.transaction() as session:
        return tell(_there(repository.find(session, tenant.clinic_id, endpoint_id)))


def change(parts: Parts, tenant: Tenant, endpoint_id: str, asked: EndpointChange) -> EndpointBody:
    """Change what is named. What was learnt of another URL does not count against a new one.

    Raises NotFound, ValidationFailed, DatabaseUnavailable.
    """
    values: dict[str, Any] = asked.model_dump(mode="json", exclude_unset=True)
    if asked.url is not None:
        _check(parts, asked.url)
        values |= repository.unjudged()
    with tenant.transaction() as session:
        tenant.record(session, Access(AccessAction.ENDPOINT_CHANGED, subject=endpoint_id))
        if not values:
            return tell(_there(repository.find(session, tenant.clinic_id, endpoint_id)))
        return tell(_there(repository.change(session, tenant.clinic_id, endpoint_id, values)))


def enable(parts: Parts, tenant: Tenant, endpoint_id: str) -> EndpointBody:
    """Let deliveries go to the endpoint, those that wait for it first. Raises NotFound, DatabaseUnavailable."""
    with tenant.transaction() as session:
        body = tell(_there(repository.enable(session, tenant.clinic_id, endpoint_id)))
        tenant.record(session, Access(AccessAction.ENDPOINT_ENABLED, subject=endpoint_id))
    parts.doorbell.ring(TaskName.NOTIFIER_DRAIN)
    return body


def disable(tenant: Tenant, endpoint_id: str) -> EndpointBody:
    """Stop deliveries to the endpoint; what was due waits. Raises NotFound, DatabaseUnavailable."""
    with tenant.transaction() as session:
        tenant.record(session, Access(AccessAction.ENDPOINT_DISABLED, subject=endpoint_id))
        return tell(_there(repository.disable(session, tenant.clinic_id, endpoint_id)))


def remove(tenant: Tenant, endpoint_id: str) -> None:
    """Take the endpoint away for good, with its secrets. Raises NotFound, DatabaseUnavailable."""
    with tenant.transaction() as session:
        if not repository.remove(session, tenant.clinic_id, endpoint_id):
            raise NotFound(NO_SUCH_ENDPOINT)
        tenant.record(session, Access(AccessAction.ENDPOINT_DELETED, subject=endpoint_id))
    _log.info("webhook_endpoint_deleted", endpoint_id=endpoint_id)


def rotate_secret(parts: Parts, tenant: Tenant, endpoint_id: str, asked: SecretRotation) -> EndpointWithSecret:
    """Give the endpoint another secret; the one before signs too for a while. Raises NotFound, DatabaseUnavailable."""
    secret, overlap = new_secret(), timedelta(seconds=asked.overlap_s)
    sealed = parts.secret_box.seal(secret)
    with tenant.transaction() as session:
        row = _there(repository.hand_over(session, tenant.clinic_id, endpoint_id, sealed, overlap))
        tenant.record(session, Access(AccessAction.ENDPOINT_SECRET_ROTATED, subject=endpoint_id))
    _log.info("webhook_secret_rotated", endpoint_id=endpoint_id)
    return _with_secret(row, secret)


def tell(row: EndpointRow) -> EndpointBody:
    endpoint = row.endpoint
    reason = endpoint.disabled_reason
    return EndpointBody(
        id=endpoint.id,
        url=endpoint.url,
        description=endpoint.description,
        event_types=None if endpoint.event_types is None else [EventType(kind) for kind in endpoint.event_types],
        payload=PayloadKind(endpoint.payload),
        enabled=endpoint.disabled_at is None,
        disabled_reason=None if reason is None else DisabledReason(reason),
        disabled_at=endpoint.disabled_at,
        created_at=endpoint.created_at,
        updated_at=endpoint.updated_at,
        failing_since=endpoint.failing_since,
        last_success_at=endpoint.last_success_at,
        last_failure_at=endpoint.last_failure_at,
        secrets=[
            SecretLine(id=each.id, created_at=each.created_at, expires_at=each.expires_at) for each in row.secrets
        ],
    )


def _with_secret(row: EndpointRow, secret: str) -> EndpointWithSecret:
    return EndpointWithSecret(**tell(row).model_dump(), secret=secret)


def _there(row: EndpointRow | None) -> EndpointRow:
    if row is None:
        raise NotFound(NO_SUCH_ENDPOINT)
    return row


def _check(parts: Parts, url: str) -> None:
    reason = check_url(url, parts.allowed_hosts)
    if reason is not None:
        problem = FieldProblem(loc=("body", "url"), code=str(reason), message=_RULES[reason])
        raise ValidationFailed("events may not be sent to this URL", [problem])
