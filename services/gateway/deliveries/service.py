"""Decides what is sent again. What is made due is committed first; the doorbell is rung after it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from services.gateway.clinics.tenant import Tenant
from services.gateway.deliveries import repository
from services.gateway.deliveries.repository import DeliveryRow, SendAgain
from services.gateway.deliveries.schemas import (
    AttemptBody,
    DeliveriesQuery,
    DeliveryBody,
    DeliveryDetail,
    DeliveryPage,
    Period,
    SentAgain,
)
from services.gateway.paging import Position, Query
from services.gateway.parts import Parts
from services.gateway.refusals import DeliveryUnderWay, EndpointDisabled, FieldProblem, NotFound, ValidationFailed
from services.gateway.webhooks.repository import EndpointRow
from services.gateway.webhooks.repository import find as find_endpoint
from services.gateway.webhooks.service import NO_SUCH_ENDPOINT
from shared.contracts.access import AccessAction
from shared.contracts.enums import AttemptOutcome, DeliveryState, EventType
from shared.contracts.ids import IdPrefix
from shared.contracts.tasks import TaskName
from shared.db.access_log import Access
from shared.db.models import DeliveryAttempt, WebhookEndpoint

CHUNK: Final = 1_000
"""Deliveries of one transaction."""
MOST_AT_ONCE: Final = 10_000
RECOVER_DAYS: Final = 14
REPLAY_DAYS: Final = 30
"""As long as events are kept."""
# Clocks differ, and a request takes its time.
_TOLERANCE: Final = timedelta(minutes=1)
_NO_SUCH_DELIVERY: Final = "there is no such delivery"


@dataclass(frozen=True, slots=True)
class _Again:
    send: SendAgain
    action: AccessAction


_RECOVER: Final = _Again(repository.recover, AccessAction.DELIVERIES_RECOVERED)
_REPLAY: Final = _Again(repository.replay_missing, AccessAction.DELIVERIES_REPLAYED)


def page(tenant: Tenant, endpoint_id: str, asked: DeliveriesQuery) -> DeliveryPage:
    """Return a page of an endpoint's deliveries, newest first. Raises NotFound, ValidationFailed for the cursor."""
    query = Query("deliveries", {"endpoint_id": endpoint_id, "state": asked.state}, ids=IdPrefix.DELIVERY)
    behind = None if asked.cursor is None else query.decode(asked.cursor).id
    with tenant.transaction() as session:
        _there(find_endpoint(session, tenant.clinic_id, endpoint_id))
        rows = repository.page(session, endpoint_id, state=asked.state, limit=asked.limit + 1, behind=behind)
    more = len(rows) > asked.limit
    following = query.encode(Position(rows[asked.limit - 1].id)) if more else None
    return DeliveryPage(items=[tell(row) for row in rows[: asked.limit]], next_cursor=following)


def find(tenant: Tenant, delivery_id: str) -> DeliveryDetail:
    """Return a delivery with its requests. Raises NotFound, DatabaseUnavailable."""
    with tenant.transaction() as session:
        row = repository.find(session, tenant.clinic_id, delivery_id)
        if row is None:
            raise NotFound(_NO_SUCH_DELIVERY)
        attempts = repository.attempts(session, delivery_id)
    return DeliveryDetail(**tell(row).model_dump(), attempts=[_tell_attempt(each) for each in attempts])


def send_test(parts: Parts, tenant: Tenant, endpoint_id: str) -> DeliveryBody:
    """Make a test due for this endpoint alone. Raises NotFound, EndpointDisabled, DatabaseUnavailable."""
    with tenant.transaction() as session:
        endpoint = _open(find_endpoint(session, tenant.clinic_id, endpoint_id))
        delivery_id = repository.send_test(session, endpoint)
        tenant.record(session, Access(AccessAction.ENDPOINT_TESTED, subject=endpoint_id))
        row = repository.find(session, tenant.clinic_id, delivery_id)
    parts.doorbell.ring(TaskName.NOTIFIER_DRAIN)
    return _told(row)


def redeliver(parts: Parts, tenant: Tenant, delivery_id: str) -> DeliveryBody:
    """Begin a delivery's schedule anew. Raises NotFound, EndpointDisabled, DeliveryUnderWay, DatabaseUnavailable."""
    with tenant.transaction() as session:
        row = repository.find(session, tenant.clinic_id, delivery_id)
        if row is None:
            raise NotFound(_NO_SUCH_DELIVERY)
        if row.endpoint_disabled_at is not None:
            raise _disabled()
        if not repository.redeliver(session, delivery_id):
            raise DeliveryUnderWay("the delivery is still under way")
        access = Access(AccessAction.DELIVERY_SENT_AGAIN, case_id=row.case_id, subject=delivery_id)
        tenant.record(session, access)
        row = repository.find(session, tenant.clinic_id, delivery_id)
    parts.doorbell.ring(TaskName.NOTIFIER_DRAIN)
    return _told(row)


def recover(parts: Parts, tenant: Tenant, endpoint_id: str, asked: Period) -> SentAgain:
    """Send again what failed. Raises NotFound, EndpointDisabled, ValidationFailed, DatabaseUnavailable."""
    return _send_again(parts, tenant, endpoint_id, _bounds(asked, RECOVER_DAYS), _RECOVER)


def replay_missing(parts: Parts, tenant: Tenant, endpoint_id: str, asked: Period) -> SentAgain:
    """Send what was never on its way. Raises NotFound, EndpointDisabled, ValidationFailed, DatabaseUnavailable."""
    return _send_again(parts, tenant, endpoint_id, _bounds(asked, REPLAY_DAYS), _REPLAY)


def _send_again(
    parts: Parts, tenant: Tenant, endpoint_id: str, bounds: tuple[datetime, datetime], again: _Again
) -> SentAgain:
    """Piece by piece, each in a transaction of its own, so that no other one waits long."""
    count, made = 0, CHUNK
    while made == CHUNK and count < MOST_AT_ONCE:
        with tenant.transaction() as session:
            _open(find_endpoint(session, tenant.clinic_id, endpoint_id))
            made = again.send(session, endpoint_id, *bounds, CHUNK)
            tenant.record(session, Access(again.action, subject=endpoint_id, count=made))
        count += made
        if made:
            parts.doorbell.ring(TaskName.NOTIFIER_DRAIN)
    return SentAgain(count=count, more=made == CHUNK)


def _bounds(asked: Period, most_days: int) -> tuple[datetime, datetime]:
    now = datetime.now(UTC)
    until = now if asked.until is None else asked.until
    problems = []
    if until > now + _TOLERANCE:
        problems.append(FieldProblem(("body", "until"), "in_the_future", "the time has not come yet"))
    if asked.since < now - timedelta(days=most_days) - _TOLERANCE:
        problems.append(FieldProblem(("body", "since"), "too_long_ago", f"at most {most_days} days ago"))
    if asked.since >= until:
        problems.append(FieldProblem(("body", "since"), "empty_period", "before `until`, which is now if left out"))
    if problems:
        raise ValidationFailed("the period does not fit", problems)
    return asked.since, until


def tell(row: DeliveryRow) -> DeliveryBody:
    state = DeliveryState(row.state)
    return DeliveryBody(
        id=row.id,
        endpoint_id=row.endpoint_id,
        event_id=row.event_id,
        event_type=EventType(row.event_type),
        case_id=row.case_id,
        version=row.version,
        state=state,
        attempt_count=row.attempts,
        next_attempt_at=row.next_attempt_at if state is DeliveryState.PENDING else None,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _told(row: DeliveryRow | None) -> DeliveryBody:
    assert row is not None  # noqa: S101 - it was written in the same transaction
    return tell(row)


def _tell_attempt(attempt: DeliveryAttempt) -> AttemptBody:
    return AttemptBody(
        number=attempt.number,
        started_at=attempt.started_at,
        outcome=None if attempt.outcome is None else AttemptOutcome(attempt.outcome),
        status=attempt.status,
        latency_ms=attempt.latency_ms,
        response=attempt.response,
    )


def _there(row: EndpointRow | None) -> WebhookEndpoint:
    if row is None:
        raise NotFound(NO_SUCH_ENDPOINT)
    return row.endpoint


def _open(row: EndpointRow | None) -> WebhookEndpoint:
    endpoint = _there(row)
    if endpoint.disabled_at is not None:
        raise _disabled()
    return endpoint


def _disabled() -> EndpointDisabled:
    return EndpointDisabled("the endpoint is disabled; enable it first")
