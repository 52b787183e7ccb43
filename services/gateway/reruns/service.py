"""Starts campaigns, moves them, and tells how far they have come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from services.gateway import paging
from services.gateway.clinics.tenant import Reach
from services.gateway.refusals import AlreadyTerminal, NotRunning, PlanExpired, PlanStale, PlanUnfinished
from services.gateway.reruns import plan, repository, telling
from services.gateway.reruns.schemas import NewPlan, PlanBody, RerunBody, RerunPage, StartRerun
from shared.contracts.access import AccessAction
from shared.contracts.enums import RerunState
from shared.contracts.ids import IdPrefix
from shared.db import lifecycle
from shared.db.access_log import Access
from shared.observability.logging import get_logger

_log = get_logger(__name__)
_SAMPLE: Final = 20
_QUERY: Final = paging.Query("reruns", {}, ids=IdPrefix.RERUN)
_OVER: Final = frozenset({RerunState.FINISHED, RerunState.CANCELED, RerunState.EXPIRED})


@dataclass(frozen=True, slots=True)
class _Move:
    """What moves a campaign, the states that it may be in afterwards, and how the access log calls it."""

    act: Callable[..., RerunState | None]
    wanted: frozenset[RerunState]
    action: AccessAction


_PAUSE: Final = _Move(lifecycle.pause_rerun, frozenset({RerunState.PAUSED}), AccessAction.RERUN_PAUSED)
_RESUME: Final = _Move(lifecycle.resume_rerun, frozenset({RerunState.RUNNING}), AccessAction.RERUN_RESUMED)
_CANCEL: Final = _Move(
    lifecycle.cancel_rerun, frozenset({RerunState.CANCELING, RerunState.CANCELED}), AccessAction.RERUN_CANCELED
)


def make_plan(reach: Reach, asked: NewPlan) -> PlanBody:
    """Plan a campaign and tell the plan. Raises as `plan.make_plan` does."""
    row = plan.make_plan(reach, asked)
    with reach.transaction() as session:
        first = repository.sample_ids(session, row.rerun, _SAMPLE)
    return PlanBody(**telling.tell_line(row).model_dump(), sample_ids=first)


def page(reach: Reach, limit: int, cursor: str | None = None) -> RerunPage:
    """Return campaigns and plans, newest first. Raises ValidationFailed for the cursor, DatabaseUnavailable."""
    behind = None if cursor is None else _QUERY.decode(cursor).id
    with reach.transaction() as session:
        rows = repository.page(session, reach.clinic_id, limit=limit + 1, behind=behind)
    following = _QUERY.encode(paging.Position(rows[limit - 1].rerun.id)) if len(rows) > limit else None
    return RerunPage(items=[telling.tell_line(row) for row in rows[:limit]], next_cursor=following)


def start(reach: Reach, asked: StartRerun) -> RerunBody:
    """Start a plan; one that was started before stays as it is.

    Raises NotFound, PlanUnfinished, PlanStale where the digest is another one, PlanExpired, DatabaseUnavailable.
    """
    with reach.transaction() as session:
        rerun = telling.held(session, reach, asked.plan_id).rerun
        if rerun.state == RerunState.PLANNING:
            raise PlanUnfinished("its cases are still being written down; plan anew if that was interrupted")
        if asked.digest not in {None, rerun.digest}:
            raise PlanStale("the digest is not this plan's: look at the plan again")
        late = rerun.state == RerunState.PLANNED and rerun.expires_at <= datetime.now(UTC)
        if late or rerun.state == RerunState.EXPIRED:
            raise PlanExpired("the plan was to be started within an hour; plan anew")
        started = lifecycle.start_rerun(session, rerun.id)
        reach.record(session, Access(AccessAction.RERUN_STARTED, subject=rerun.id))
    if started:
        _log.info("rerun_started", rerun_id=rerun.id, key_id=reach.key_id)
    return read(reach, rerun.id)


def pause(reach: Reach, rerun_id: str) -> RerunBody:
    """Stop feeding a campaign. Raises NotFound, NotRunning, AlreadyTerminal, DatabaseUnavailable."""
    return _moved(reach, rerun_id, _PAUSE)


def resume(reach: Reach, rerun_id: str) -> RerunBody:
    """Let a paused campaign go on. Raises as `pause` does."""
    return _moved(reach, rerun_id, _RESUME)


def cancel(reach: Reach, rerun_id: str) -> RerunBody:
    """Call a campaign off: what waits is canceled, what is at work ends. Raises as `pause` does."""
    return _moved(reach, rerun_id, _CANCEL)


def read(reach: Reach, rerun_id: str) -> RerunBody:
    """Return a campaign and how far it has come. Raises NotFound, DatabaseUnavailable."""
    with reach.transaction() as session:
        row = telling.found(session, reach, rerun_id)
        return telling.tell_body(session, row)


def _moved(reach: Reach, rerun_id: str, move: _Move) -> RerunBody:
    with reach.transaction() as session:
        before = telling.held(session, reach, rerun_id).rerun.state
        state = move.act(session, rerun_id)
        if state not in move.wanted:
            if state in _OVER:
                raise AlreadyTerminal(f"the campaign is {state}")
            raise NotRunning(f"the campaign is {state}")
        reach.record(session, Access(move.action, subject=rerun_id))
    if state != before:
        _log.info("rerun_moved", rerun_id=rerun_id, before=before, after=state, key_id=reach.key_id)
    return read(reach, rerun_id)
