"""Campaigns on their way: fed and settled once a second, and published where they are to do that by themselves.

What a campaign may do in which state is decided in the life cycle; here is only how much at a time.
"""

from collections.abc import Generator, Iterator

from services.maintenance import rerun_repository as repository
from services.maintenance.rerun_repository import ToPromote
from services.maintenance.sweeps import GoOn
from shared.contracts.access import AccessAction
from shared.contracts.enums import Promotion, RerunState, StopReason
from shared.contracts.tasks import TaskName
from shared.db import lifecycle
from shared.db.access_log import MAINTENANCE, Access, record_access
from shared.db.lifecycle import Step
from shared.db.session import Database
from shared.observability.logging import get_logger
from shared.queue.publish import Doorbell

_log = get_logger(__name__)

_STEPS = 20
"""Of one campaign before the next has its turn."""
_COMPARED = 20_000
_PROMOTED = 100


class Campaigns:
    """`go_on` is asked before each transaction and says whether this process is still to act."""

    def __init__(self, database: Database, doorbell: Doorbell, go_on: GoOn) -> None:
        self._database = database
        self._doorbell = doorbell
        self._go_on = go_on

    def advance(self) -> bool:
        """Move every campaign on that is at work, paused or called off. Return whether one should be seen again soon.

        So is one that was fed: with few active at a time, quick workers would stand still until the next second.
        """
        with self._database.transaction() as session:
            expired = lifecycle.expire_reruns(session)
            at_work = repository.reruns_at_work(session)
        for rerun_id in expired:
            _log.info("campaign_moved", rerun_id=rerun_id, state=str(RerunState.EXPIRED))
        more = [self._advance(rerun_id) for rerun_id in at_work]
        return any(more)

    def promotions(self) -> Iterator[int]:
        """Publish what finished campaigns are to publish by themselves, a chunk a step."""
        with self._database.transaction() as session:
            waiting = repository.reruns_to_promote(session)
        for campaign in waiting:
            yield from self._promote_within_limit(campaign)

    def _advance(self, rerun_id: str) -> bool:
        queued, step = 0, None
        for _ in range(_STEPS):
            if not self._go_on():
                break
            with self._database.transaction() as session:
                step = lifecycle.advance_rerun(session, rerun_id)
            if step is None:
                break
            queued += step.fed.queued
            self._tell(rerun_id, step)
            if not step.more:
                break
        if queued:
            self._doorbell.ring(TaskName.INFERENCE_DRAIN)
        return queued > 0 or (step is not None and step.more)

    def _tell(self, rerun_id: str, step: Step) -> None:
        if step.before is step.after:
            return
        with self._database.transaction() as session:
            counts = repository.item_counts(session, rerun_id)
        _log.info("campaign_moved", rerun_id=rerun_id, state=str(step.after), reason=step.stop_reason, **counts)
        if step.after is RerunState.FINISHED:
            self._doorbell.ring(TaskName.NOTIFIER_DRAIN)  # its clinic may want to hear of it

    def _promote_within_limit(self, campaign: ToPromote) -> Iterator[int]:
        compared, flips = yield from self._compare(campaign.rerun_id)
        if compared is None:
            return
        ids = {"rerun_id": campaign.rerun_id, "compared": compared, "flips": flips}
        if flips > campaign.max_flip_ratio * compared:
            self._end(campaign.rerun_id, StopReason.FLIP_RATIO)
            _log.warning("campaign_not_promoted", reason=str(StopReason.FLIP_RATIO), **ids)
            return
        became = yield from self._promote(campaign.rerun_id)
        if became is not None:
            self._end(campaign.rerun_id, None)
            _log.info("campaign_promoted", **ids, **became)

    def _compare(self, rerun_id: str) -> Generator[int, None, tuple[int | None, int]]:
        """Return how many cases could be compared, and how many decisions changed; None where others are to act."""
        compared, flips, after = 0, 0, ""
        while self._go_on():
            with self._database.transaction() as session:
                chunk = repository.compare(session, rerun_id, after, _COMPARED)
            compared, flips = compared + chunk.compared, flips + chunk.flips
            if chunk.last is None:
                return compared, flips
            after = chunk.last
            yield chunk.compared
        return None, 0

    def _promote(self, rerun_id: str) -> Generator[int, None, dict[str, int] | None]:
        became = {str(Promotion.PROMOTED): 0, str(Promotion.CONFLICT): 0}
        after = ""
        while self._go_on():
            with self._database.transaction() as session:
                case_ids = repository.promotable(session, rerun_id, after, _PROMOTED)
                done = lifecycle.promote_items(session, rerun_id, case_ids)
                if case_ids:
                    published = sum(each is Promotion.PROMOTED for each in done.values())
                    access = Access(AccessAction.RERUN_PROMOTED, subject=rerun_id, count=published)
                    record_access(session, MAINTENANCE, access)
            if not case_ids:
                return became
            after = case_ids[-1]
            for promotion in done.values():
                became[promotion] += 1
            # Each promotion is an event, and somebody's webhook.
            self._doorbell.ring(TaskName.NOTIFIER_DRAIN)
            yield len(done)
        return None

    def _end(self, rerun_id: str, reason: StopReason | None) -> None:
        with self._database.transaction() as session:
            lifecycle.end_auto_promotion(session, rerun_id, reason)
