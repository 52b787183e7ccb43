"""Taking deliveries, and writing down how each try ended. What is claimed counts as tried before it is sent."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, func, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from shared.contracts.enums import AttemptOutcome, DeliveryState, DisabledReason, EventType
from shared.db.delivery_records import ClaimedDelivery, EndedAttempt
from shared.db.lifecycle.transitions import BULK, endpoint_event
from shared.db.models import WebhookEndpoint

IN_FLIGHT_PER_ENDPOINT = 2
TRIES = 10
"""Of one schedule; `services.notifier.schedule` says how long after each other."""
FAILING_DAYS = 5

# One claim at a time, in all processes together, so that each sees what the others have in flight. Held for a few
# milliseconds, until the commit.
_CLAIM_LOCK = text("SELECT pg_advisory_xact_lock(7041778, 0)")

# From every endpoint the first that are due, as many as it may have in flight; so a long queue of one is never read.
_CLAIM = text("""
WITH busy AS (
  SELECT endpoint_id, count(*) AS sending FROM deliveries WHERE state = 'sending' GROUP BY endpoint_id
), due AS (
  SELECT d.id, row_number() OVER (PARTITION BY e.timed_out ORDER BY d.next_attempt_at, d.id) AS place,
         e.timed_out, d.next_attempt_at
  FROM webhook_endpoints e LEFT JOIN busy ON busy.endpoint_id = e.id
  CROSS JOIN LATERAL (
    SELECT id, next_attempt_at FROM deliveries
    WHERE endpoint_id = e.id AND state = 'pending' AND next_attempt_at <= now()
    ORDER BY next_attempt_at, id LIMIT greatest(0, :per_endpoint - coalesce(busy.sending, 0))
  ) d
  WHERE e.disabled_at IS NULL AND (e.paused_until IS NULL OR e.paused_until <= now())
), chosen AS (
  SELECT id FROM deliveries
  WHERE state = 'pending'
    AND id IN (SELECT id FROM due WHERE NOT timed_out OR place <= :slow ORDER BY next_attempt_at, id LIMIT :most)
  FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE deliveries d SET state = 'sending', fence = fence + 1, attempts = attempts + 1, worker = :worker,
         lease_until = now() + :lease
  FROM chosen WHERE d.id = chosen.id RETURNING d.*
), tried AS (
  INSERT INTO delivery_attempts (delivery_id, number, clinic_id) SELECT id, attempts, clinic_id FROM claimed
)
SELECT d.id AS delivery_id, d.endpoint_id, d.clinic_id, d.fence, d.attempts AS number,
       d.attempts - d.schedule_start AS tries, e.timed_out AS slow, e.url, e.payload,
       v.id AS event_id, v.type, v.created_at, v.case_id, v.version, v.run_id, v.data, m.version AS model_version,
       u.traceparent,
       c.client_ref, c.subject_ref, c.lesion_ref,
       (SELECT array_agg(s.ciphertext ORDER BY s.id DESC) FROM webhook_secrets s
        WHERE s.endpoint_id = e.id AND (s.expires_at IS NULL OR s.expires_at > now())) AS ciphertexts,
       -- Only who asked for it gets the result, so only then is it read.
       CASE WHEN e.payload = 'full' THEN (SELECT to_jsonb(found) FROM (
         SELECT decision, reasons, label, probabilities, malignancy, thresholds, quality, out_of_distribution,
                explanation, model, notice FROM results r WHERE r.run_id = v.run_id) found) END AS result
FROM claimed d JOIN webhook_endpoints e ON e.id = d.endpoint_id JOIN events v ON v.id = d.event_id
LEFT JOIN cases c ON c.id = v.case_id LEFT JOIN runs u ON u.id = v.run_id
LEFT JOIN model_versions m ON m.id = u.model_version_id
ORDER BY d.next_attempt_at, d.id
""")


def claim_deliveries(
    session: Session, *, worker: str, limit: int, slow_limit: int, lease: timedelta
) -> list[ClaimedDelivery]:
    """Take up to `limit` due deliveries, longest due first, at most two in flight for an endpoint.

    Of endpoints whose last try timed out, at most `slow_limit`. Each is written down as tried under a new fence.
    """
    session.execute(_CLAIM_LOCK)
    values = {"per_endpoint": IN_FLIGHT_PER_ENDPOINT, "slow": slow_limit, "most": limit, "worker": worker}
    return [ClaimedDelivery.of(row) for row in session.execute(_CLAIM, values | {"lease": lease})]


_ENDED = text("""
WITH ended AS (SELECT * FROM jsonb_to_recordset(:ended) AS e (
  id text, fence bigint, number integer, outcome text, status integer, latency_ms integer, response text,
  retry_in_s double precision
)), held AS (
  -- By id, as an erasure takes them that deletes the same rows: so that neither waits for the other in a ring.
  SELECT d.id FROM deliveries d JOIN ended e ON d.id = e.id AND d.fence = e.fence WHERE d.state = 'sending'
  ORDER BY d.id FOR UPDATE OF d
), written AS (
  UPDATE deliveries d SET
    state = CASE WHEN e.outcome = 'delivered' THEN 'delivered' WHEN e.retry_in_s IS NULL THEN 'failed'
            ELSE 'pending' END,
    finished_at = CASE WHEN e.outcome = 'delivered' OR e.retry_in_s IS NULL THEN now() END,
    next_attempt_at = now() + make_interval(secs => coalesce(e.retry_in_s, 0)),
    worker = NULL, lease_until = NULL
  FROM ended e JOIN held h ON h.id = e.id WHERE d.id = e.id AND d.fence = e.fence AND d.state = 'sending'
  RETURNING d.id, d.endpoint_id, e.number, e.outcome, e.status, e.latency_ms, e.response
), logged AS (
  UPDATE delivery_attempts a SET outcome = w.outcome, status = w.status, latency_ms = w.latency_ms,
         response = w.response
  FROM written w WHERE a.delivery_id = w.id AND a.number = w.number
)
SELECT id FROM written
""").bindparams(bindparam("ended", type_=JSONB))


def record_attempts(session: Session, ended: Sequence[EndedAttempt]) -> set[str]:
    """Write down how tries ended, and what that says of their endpoints; return the deliveries that were still held.

    A delivery whose lease lapsed meanwhile is somebody else's: nothing of it is changed (I3).
    """
    rows = [attempt.row() for attempt in ended]
    held = set(session.scalars(_ENDED, {"ended": rows}))
    by_endpoint: dict[str, list[EndedAttempt]] = {}
    for attempt in ended:
        if attempt.delivery_id in held and attempt.outcome is not AttemptOutcome.NOT_SENT:
            by_endpoint.setdefault(attempt.endpoint_id, []).append(attempt)
    # In one order, so that two processes that write about the same endpoints never wait for each other.
    for endpoint_id in sorted(by_endpoint):
        _judge(session, endpoint_id, by_endpoint[endpoint_id])
    return held


def _judge(session: Session, endpoint_id: str, attempts: Sequence[EndedAttempt]) -> None:
    """Keep what is known of an endpoint: how it answered last, how long it has failed, whether it wants a pause."""
    last = attempts[-1]
    mine = update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)
    if any(attempt.outcome is AttemptOutcome.DELIVERED for attempt in attempts):
        # One that is well is written about once a minute, not for every event.
        stale = (
            WebhookEndpoint.last_success_at.is_(None)
            | (WebhookEndpoint.last_success_at < func.now() - timedelta(minutes=1))
            | WebhookEndpoint.failing_since.is_not(None)
            | WebhookEndpoint.timed_out
        )
        well = {"last_success_at": func.now(), "failing_since": None, "timed_out": False}
        session.execute(mine.where(stale).values(**well), execution_options=BULK)
    else:
        bad: dict[str, Any] = {
            "failing_since": func.coalesce(WebhookEndpoint.failing_since, func.now()),
            "last_failure_at": func.now(),
            "timed_out": last.outcome is AttemptOutcome.TIMED_OUT,
        }
        session.execute(mine.values(**bad), execution_options=BULK)
        _disable(session, endpoint_id, gone=any(attempt.gone for attempt in attempts))
    pause = max((attempt.pause_s or 0.0 for attempt in attempts), default=0.0)
    if pause:
        session.execute(mine.values(paused_until=func.now() + timedelta(seconds=pause)), execution_options=BULK)


def _disable(session: Session, endpoint_id: str, *, gone: bool) -> None:
    """Switch an endpoint off that said so (410), or that has failed for days; its clinic's others hear of it."""
    reason = DisabledReason.GONE if gone else DisabledReason.FAILING
    which = [WebhookEndpoint.id == endpoint_id, WebhookEndpoint.disabled_at.is_(None)]
    if not gone:
        which.append(WebhookEndpoint.failing_since < func.now() - timedelta(days=FAILING_DAYS))
    clinic_id = session.scalar(
        update(WebhookEndpoint)
        .where(*which)
        .values(disabled_reason=reason, disabled_at=func.now(), updated_at=func.now())
        .returning(WebhookEndpoint.clinic_id),
        execution_options=BULK,
    )
    if clinic_id is not None:
        session.add(endpoint_event(clinic_id, EventType.ENDPOINT_DISABLED, endpoint_id, reason=str(reason)))
        session.flush()


_LAPSE = text("""
WITH lapsed AS (
  SELECT id FROM deliveries WHERE state = 'sending' AND lease_until < now() LIMIT :most FOR UPDATE SKIP LOCKED
), became AS (
  UPDATE deliveries d SET
    state = CASE WHEN attempts - schedule_start >= :tries THEN 'failed' ELSE 'pending' END,
    finished_at = CASE WHEN attempts - schedule_start >= :tries THEN now() END,
    next_attempt_at = now(), worker = NULL, lease_until = NULL
  FROM lapsed WHERE d.id = lapsed.id RETURNING d.id, d.attempts, d.state
), logged AS (
  UPDATE delivery_attempts a SET outcome = 'lost' FROM became b WHERE a.delivery_id = b.id AND a.number = b.attempts
)
SELECT id, state FROM became
""")


def lapse_deliveries(session: Session, limit: int = 100) -> dict[str, DeliveryState]:
    """Take deliveries from processes that have gone; return what became of each.

    Whether the request arrived is not known, so it is sent again at once; its id lets the receiver see that. A try that
    was the schedule's last has failed.
    """
    rows = session.execute(_LAPSE, {"most": limit, "tries": TRIES})
    return {row.id: DeliveryState(row.state) for row in rows}
