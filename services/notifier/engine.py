"""Everything that the working process holds, built after the fork and taken down in reverse order."""

import os
import platform
import random
from typing import Final

from opentelemetry.trace import Span, SpanKind

from services.notifier.deliveries import Deliveries
from services.notifier.delivery import Attempt, Limits, Message, Sender
from services.notifier.drain import Drain
from services.notifier.payload import body_of
from services.notifier.schedule import next_delay
from services.notifier.settings import NotifierSettings
from shared.contracts.enums import AttemptOutcome
from shared.contracts.webhook_url import AllowedHosts
from shared.db import presence
from shared.db.delivery_records import ClaimedDelivery, EndedAttempt
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import SecretUnreadable, TransientError
from shared.observability.logging import get_logger
from shared.observability.tracing import Tracing, failed
from shared.queue.timer import Timer
from shared.queue.worker_process import Stop
from shared.sealing import SecretBox

_log = get_logger(__name__)
_BETWEEN_SIGNS_S: Final = 2.0
_BETWEEN_IDLE_S: Final = 10.0
_LEASE_BEYOND_REQUEST_S: Final = 15.0
"""A lease outlasts the longest request by what writing its end down may take."""
_ASKS_FOR_PAUSE: Final = frozenset({429, 503})


class NotifierEngine:
    """One a process."""

    def __init__(self, settings: NotifierSettings, stop: Stop) -> None:
        self._name = f"{platform.node()}:{os.getpid()}"
        self._database = Database(make_engine(settings, DatabaseRole.WORKER))
        self._tracing = Tracing("notifier", settings)
        self._requests = Requests(settings, self._tracing)
        lease_s = settings.webhook_timeout_s + _LEASE_BEYOND_REQUEST_S
        deliveries = Deliveries(self._database, worker=self._name, lease_s=lease_s)
        self._drain = Drain(deliveries, self._requests.send, stop, slots=settings.delivery_slots)
        self._ended = 0
        self._details = {"slots": settings.delivery_slots}
        self._signs = Timer(self._show, _BETWEEN_SIGNS_S)
        self._looks = Timer(self.drain, settings.poll_interval_s)
        self._idle = Timer(self._requests.close_idle, _BETWEEN_IDLE_S)
        self._show()
        self._signs.start()
        self._looks.start()
        self._idle.start()
        _log.info("ready", worker=self._name)

    def drain(self) -> int:
        """Send until nothing is due; return how many requests. See `Drain`."""
        sent = self._drain()
        self._ended += sent
        return sent

    def close(self) -> None:
        """End after the requests that are under way."""
        self._looks.close()
        self._drain.close()
        self._idle.close()
        self._signs.close()
        try:
            with self._database.transaction() as session:
                presence.leave(session, self._name)
        except TransientError as error:
            _log.warning("row_not_removed", error=error.code)
        self._requests.close()
        self._database.close()
        self._tracing.close()

    def _show(self) -> None:
        try:
            with self._database.transaction() as session:
                presence.show(
                    session,
                    self._name,
                    "notifier",
                    looked_ago_s=self._drain.seconds_since_look(),
                    ended=self._ended,
                    details=self._details,
                )
        except TransientError as error:
            _log.warning("sign_of_life_failed", error=error.code)


class Requests:
    """From a claimed delivery to how its try ended."""

    def __init__(self, settings: NotifierSettings, tracing: Tracing) -> None:
        self._tracing = tracing
        self._box = SecretBox.of(settings)
        self._public_url = settings.public_url.rstrip("/")
        self._sender = Sender(
            AllowedHosts.parse(settings.webhook_allowed_hosts),
            limits=Limits(connect_s=settings.webhook_connect_timeout_s, total_s=settings.webhook_timeout_s),
        )

    def send(self, delivery: ClaimedDelivery) -> EndedAttempt:
        """Try once, in a span below the request that made the run, where that request's trace is kept."""
        traceparent = delivery.event.traceparent
        if traceparent is None:
            return self._send(delivery)
        told = {"lesionlens.delivery_id": delivery.delivery_id, "lesionlens.event_type": str(delivery.event.type)}
        with self._tracing.span("send webhook", parent=traceparent, kind=SpanKind.CLIENT, attributes=told) as span:
            ended = self._send(delivery)
            _note(span, ended)
        return ended

    def _send(self, delivery: ClaimedDelivery) -> EndedAttempt:
        try:
            secrets = tuple(self._box.open(sealed) for sealed in delivery.ciphertexts)
        except SecretUnreadable as error:
            _log.error("secret_unreadable", endpoint_id=delivery.endpoint_id, error=error.code)
            secrets = ()
        if not secrets:
            return _ended(delivery, Attempt(AttemptOutcome.NOT_SENT, latency_ms=0))
        body = body_of(delivery, self._public_url)
        message = Message(url=delivery.url, event_id=delivery.event.id, body=body, secrets=secrets)
        return _ended(delivery, self._sender.send(message))

    def close_idle(self) -> None:
        self._sender.close_idle()

    def close(self) -> None:
        self._sender.close()


def _note(span: Span, ended: EndedAttempt) -> None:
    span.set_attributes({"lesionlens.outcome": str(ended.outcome), "lesionlens.try": ended.number})
    if ended.status is not None:
        span.set_attribute("http.response.status_code", ended.status)
    if ended.outcome is not AttemptOutcome.DELIVERED:
        failed(span, str(ended.outcome))


def _ended(delivery: ClaimedDelivery, attempt: Attempt) -> EndedAttempt:
    delivered = attempt.outcome is AttemptOutcome.DELIVERED
    delay = None if delivered else next_delay(delivery.tries, attempt.retry_after_s, random.random)
    asks = attempt.status in _ASKS_FOR_PAUSE
    return EndedAttempt(
        delivery_id=delivery.delivery_id,
        endpoint_id=delivery.endpoint_id,
        fence=delivery.fence,
        number=delivery.number,
        outcome=attempt.outcome,
        status=attempt.status,
        latency_ms=attempt.latency_ms,
        response=attempt.response,
        retry_in_s=None if delay is None else delay.total_seconds(),
        pause_s=attempt.retry_after_s if asks else None,
    )
