"""One process's side of the record: what it takes, and what it writes down."""

from collections.abc import Sequence
from datetime import timedelta

from shared.db import lifecycle
from shared.db.delivery_records import ClaimedDelivery, EndedAttempt
from shared.db.session import Database
from shared.observability.logging import get_logger

_log = get_logger(__name__)


class Deliveries:
    """Claims for one process. `worker` names it in the rows; `lease_s` is longer than any request can take."""

    def __init__(self, database: Database, *, worker: str, lease_s: float) -> None:
        self._database = database
        self._worker = worker
        self._lease = timedelta(seconds=lease_s)

    def turn(self, ended: Sequence[EndedAttempt], *, free: int, slow_free: int) -> list[ClaimedDelivery]:
        """Write down what has ended and take what is due, in one transaction.

        Raises DatabaseUnavailable, and then nothing was written and nothing taken.
        """
        taken: list[ClaimedDelivery] = []
        held: set[str] = set()
        if not ended and free <= 0:
            return taken
        with self._database.transaction() as session:
            if ended:
                held = lifecycle.record_attempts(session, ended)
            if free > 0:
                taken = lifecycle.claim_deliveries(
                    session, worker=self._worker, limit=free, slow_limit=max(0, slow_free), lease=self._lease
                )
        for attempt in ended:
            _tell(attempt, held=attempt.delivery_id in held)
        return taken


def _tell(attempt: EndedAttempt, *, held: bool) -> None:
    facts = {
        "delivery_id": attempt.delivery_id,
        "endpoint_id": attempt.endpoint_id,
        "attempt": attempt.number,
        "outcome": str(attempt.outcome),
        "status": attempt.status,
        "latency_ms": attempt.latency_ms,
    }
    if held:
        _log.info("attempt_ended", **facts)
    else:
        _log.warning("fence_stale", **facts)
