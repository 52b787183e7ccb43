"""Publishes a campaign's results and takes that back, a hundred cases a transaction. What is done stays done."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from services.gateway.clinics.tenant import Reach
from services.gateway.refusals import FlipRatioExceeded, NotFinished, PromotionConflict, PromotionInFlight
from services.gateway.reruns import repository, selection, telling
from services.gateway.reruns.schemas import Promote, Promoted, PromoteScope, RollBack, RolledBack
from shared.contracts.access import AccessAction
from shared.contracts.enums import Promotion, RerunState
from shared.contracts.tasks import TaskName
from shared.db import lifecycle
from shared.db.access_log import Access
from shared.db.models import Rerun
from shared.observability.logging import get_logger
from shared.queue.publish import Doorbell

_log = get_logger(__name__)
_CHUNK: Final = 100


def promote(reach: Reach, doorbell: Doorbell, rerun_id: str, asked: Promote) -> Promoted:
    """Publish the results of a finished campaign; what was published by it before stays so.

    Raises NotFound, NotFinished, PromotionInFlight, FlipRatioExceeded before anything is published, PromotionConflict
    where nothing could be, DatabaseUnavailable in the middle: the same call again goes on.
    """
    with _alone(reach, rerun_id) as rerun:
        named = None if asked.case_ids is None else sorted(set(asked.case_ids))
        if asked.scope is not PromoteScope.AGREEING:
            limit = rerun.max_flip_ratio if asked.max_flip_ratio is None else asked.max_flip_ratio
            _check_flips(reach, rerun_id, named, limit)

        def next_cases(session: Session, behind: str) -> list[tuple[str, bool]]:
            return repository.to_promote(session, rerun_id, asked.scope, named, behind=behind, limit=_CHUNK)

        seen, became = _by_chunks(
            reach,
            Access(AccessAction.RERUN_PROMOTED, subject=rerun_id),
            next_cases,
            lambda session, ids: lifecycle.promote_items(session, rerun_id, ids),
        )
    done, conflicts = became[Promotion.PROMOTED], became[Promotion.CONFLICT]
    if conflicts and not done:
        raise PromotionConflict(f"{conflicts} cases publish something else than when the campaign was planned")
    _log.info("rerun_promoted", rerun_id=rerun_id, promoted=done, conflicts=conflicts, key_id=reach.key_id)
    _tell_receivers(doorbell, done)
    asked_for = seen if named is None else len(named)
    return Promoted(promoted=done, conflicts=conflicts, left=asked_for - done - conflicts)


def roll_back(reach: Reach, doorbell: Doorbell, rerun_id: str, asked: RollBack) -> RolledBack:
    """Restore what cases published before, and their states. Raises as `promote` does, but for its flips."""
    with _alone(reach, rerun_id):
        named = None if asked.case_ids is None else sorted(set(asked.case_ids))

        def next_cases(session: Session, behind: str) -> list[tuple[str, bool]]:
            ids = repository.promoted(session, rerun_id, named, behind=behind, limit=_CHUNK)
            return [(case_id, True) for case_id in ids]

        seen, became = _by_chunks(
            reach,
            Access(AccessAction.RERUN_ROLLED_BACK, subject=rerun_id),
            next_cases,
            lambda session, ids: lifecycle.roll_back_items(session, rerun_id, ids),
        )
    done, conflicts = became[Promotion.ROLLED_BACK], became[Promotion.CONFLICT]
    if conflicts and not done:
        raise PromotionConflict(f"{conflicts} cases were given another result since: roll that back first")
    _log.info("rerun_rolled_back", rerun_id=rerun_id, cases=done, conflicts=conflicts, key_id=reach.key_id)
    _tell_receivers(doorbell, done)
    asked_for = seen if named is None else len(named)
    return RolledBack(rolled_back=done, conflicts=conflicts, left=asked_for - done - conflicts)


def _tell_receivers(doorbell: Doorbell, changed: int) -> None:
    """Each change is an event, and somebody's webhook."""
    if changed:
        doorbell.ring(TaskName.NOTIFIER_DRAIN)


@contextmanager
def _alone(reach: Reach, rerun_id: str) -> Iterator[Rerun]:
    """Keep other promotions of the campaign out, for as long as the block takes; ends with the connection."""
    with reach.transaction() as session:
        rerun = telling.found(session, reach, rerun_id).rerun
        if rerun.state != RerunState.FINISHED:
            raise NotFinished(f"the campaign is {rerun.state}; results are published when it has finished")
        if not repository.try_lock(session, rerun_id):
            raise PromotionInFlight("another call is at it; ask again when it has ended")
        yield rerun


def _check_flips(reach: Reach, rerun_id: str, named: list[str] | None, limit: float | None) -> None:
    if limit is None:
        return
    with reach.transaction() as session:
        selection.allow_long_statements(session)
        found = repository.flips(session, rerun_id, named)
    if found.flips > limit * found.compared:
        raise FlipRatioExceeded(f"{found.flips} of {found.compared} decisions would change; allowed is {limit:.1%}")


def _by_chunks(
    reach: Reach,
    access: Access,
    next_cases: Callable[[Session, str], list[tuple[str, bool]]],
    act: Callable[[Session, list[str]], dict[str, Promotion]],
) -> tuple[int, Counter[Promotion]]:
    """Act on cases by id, a chunk a transaction; return how many were looked at, and what became of those acted on.

    The access log is told with each chunk, and of the end.
    """
    seen, became, behind = 0, Counter[Promotion](), ""
    while True:
        with reach.transaction() as session:
            cases = next_cases(session, behind)
            due = [case_id for case_id, can in cases if can]
            done = Counter(act(session, due).values() if due else ())
            if due or not cases:
                changed = done[Promotion.PROMOTED] + done[Promotion.ROLLED_BACK]
                reach.record(session, replace(access, count=changed))
        became.update(done)
        if not cases:
            return seen, became
        seen, behind = seen + len(cases), cases[-1][0]
