"""The life of a campaign once it is planned: at work, paused, called off, over. The states are moved here alone.

Whoever moves one holds its row, before any of its items or runs: feeding, pausing and canceling come one after the
other. The transaction that sees its last item end also ends the campaign.

A campaign that is called off takes back what waits. What a worker has in hand it ends: the result is written on its run
and in its item, and is never published (see `promote_items`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, null, select, update
from sqlalchemy.orm import Session

from shared.contracts.enums import EventType, RerunItemState, RerunState, StopReason
from shared.contracts.lifecycle import RERUN_TRANSITIONS
from shared.db.lifecycle.rerun_items import Fed, any_left, cancel_planned, feed_items, settle_items, take_back
from shared.db.lifecycle.transitions import BULK, clinic_event
from shared.db.models import Rerun

# Below this many ended runs a share of failed ones says nothing.
_ENOUGH_ENDED = 20
# What one call does at most. A run costs about ten times as much as an item that has none.
_RUNS = 500
_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class Step:
    """What one call of `advance_rerun` did. `more`: another call would find something to do at once."""

    before: RerunState
    after: RerunState
    stop_reason: str | None
    fed: Fed
    more: bool


def advance_rerun(session: Session, rerun_id: str, limit: int = _RUNS) -> Step | None:
    """Do the next piece of a campaign's work, up to `limit` runs: what each state asks for.

    At work it is fed, unless a stop rule pauses it. Paused, it gets back what workers gave back. Called off, what is
    left is canceled. What has ended is settled in every state. None where there is no such campaign.
    """
    rerun = _hold(session, rerun_id)
    if rerun is None:
        return None
    before, fed, taken = RerunState(rerun.state), Fed(), 0
    if before in {RerunState.RUNNING, RerunState.PAUSED, RerunState.CANCELING}:
        _settle(session, rerun)
    if rerun.state == RerunState.RUNNING:
        reason = _stop_reason(session, rerun)
        if reason is None:
            fed = feed_items(session, rerun, limit)
        else:
            _move(session, rerun, RerunState.PAUSED, stop_reason=reason)
    if rerun.state == RerunState.PAUSED:
        taken = take_back(session, rerun_id, limit, RerunItemState.PLANNED, suspects=False)
    elif rerun.state == RerunState.CANCELING:
        taken = _call_off(session, rerun_id, limit)
    _end_if_empty(session, rerun)
    more = bool(fed.queued or fed.skipped or taken)
    return Step(before, RerunState(rerun.state), rerun.stop_reason, fed, more)


def pause_rerun(session: Session, rerun_id: str) -> RerunState | None:
    """Stop feeding a campaign that is at work, and take back its runs that wait; what is at work ends.

    Returns the state afterwards: `paused`, or with nothing changed the one that it was in. None: no such campaign.
    """
    rerun = _hold(session, rerun_id)
    if rerun is None:
        return None
    if rerun.state == RerunState.RUNNING:
        _move(session, rerun, RerunState.PAUSED, stop_reason=None)
        while take_back(session, rerun_id, _RUNS, RerunItemState.PLANNED, suspects=False):
            pass
    return RerunState(rerun.state)


def resume_rerun(session: Session, rerun_id: str) -> RerunState | None:
    """Let a paused campaign go on; returns as `pause_rerun` does, `running` then.

    Failures are counted from here on, and a deadline that has passed no longer counts: whoever resumes has seen both.
    """
    rerun = _hold(session, rerun_id)
    if rerun is None:
        return None
    if rerun.state == RerunState.PAUSED:
        deadline = case((Rerun.deadline_at <= func.now(), null()), else_=Rerun.deadline_at)
        values = {"stop_reason": None, "tally_ended": 0, "tally_failed": 0, "deadline_at": deadline}
        _move(session, rerun, RerunState.RUNNING, **values)
    return RerunState(rerun.state)


def cancel_rerun(session: Session, rerun_id: str) -> RerunState | None:
    """Call off a campaign that is planned, at work or paused: from this transaction on nothing of it is begun.

    Runs that wait end here, and the first 10,000 planned items; of a larger campaign `advance_rerun` cancels the rest.
    Returns the state afterwards: `canceling` while something is left, `canceled`, or with nothing changed the one that
    it was in. None: no such campaign.
    """
    rerun = _hold(session, rerun_id)
    if rerun is None:
        return None
    if RerunState.CANCELING in RERUN_TRANSITIONS[RerunState(rerun.state)]:
        _move(session, rerun, RerunState.CANCELING, stop_reason=None)
        _settle(session, rerun)
        _call_off(session, rerun_id, _RUNS)
        while take_back(session, rerun_id, _RUNS, RerunItemState.CANCELED, suspects=True):
            pass
        _end_if_empty(session, rerun)
    return RerunState(rerun.state)


def expire_reruns(session: Session) -> Sequence[str]:
    """End plans that nobody started in time; return their ids. Their items stay as they were planned."""
    return session.scalars(
        update(Rerun)
        .where(Rerun.state.in_([RerunState.PLANNING, RerunState.PLANNED]), Rerun.expires_at <= func.now())
        .values(state=RerunState.EXPIRED, finished_at=func.now())
        .returning(Rerun.id),
        execution_options=BULK,
    ).all()


def end_auto_promotion(session: Session, rerun_id: str, reason: StopReason | None) -> None:
    """Note that a finished campaign has published by itself what it was to; with a reason: nothing, and why."""
    session.execute(
        update(Rerun)
        .where(Rerun.id == rerun_id, Rerun.state == RerunState.FINISHED)
        .values(auto_promoted_at=func.now(), stop_reason=reason),
        execution_options=BULK,
    )


def _hold(session: Session, rerun_id: str) -> Rerun | None:
    """Keep the campaign from every other mover until the commit."""
    return session.scalar(
        select(Rerun).where(Rerun.id == rerun_id).with_for_update(key_share=True),
        execution_options={"populate_existing": True},
    )


def _settle(session: Session, rerun: Rerun) -> None:
    settled = settle_items(session, rerun.id)
    if settled.ended:
        tally = {
            "tally_ended": Rerun.tally_ended + settled.ended,
            "tally_failed": Rerun.tally_failed + settled.failed,
        }
        session.execute(update(Rerun).where(Rerun.id == rerun.id).values(**tally), execution_options=BULK)
        session.refresh(rerun)
    _end_if_empty(session, rerun)


def _call_off(session: Session, rerun_id: str, limit: int) -> int:
    taken = take_back(session, rerun_id, limit, RerunItemState.CANCELED, suspects=True)
    return taken + cancel_planned(session, rerun_id, _ITEMS)


def _stop_reason(session: Session, rerun: Rerun) -> StopReason | None:
    ratio = rerun.stop_failure_ratio
    if ratio is not None and rerun.tally_ended >= _ENOUGH_ENDED and rerun.tally_failed >= ratio * rerun.tally_ended:
        return StopReason.FAILURE_RATIO
    if rerun.deadline_at is not None and session.scalar(select(func.now() >= rerun.deadline_at)):
        return StopReason.DEADLINE
    return None


def _end_if_empty(session: Session, rerun: Rerun) -> None:
    ends = {RerunState.RUNNING: RerunState.FINISHED, RerunState.CANCELING: RerunState.CANCELED}
    end = ends.get(RerunState(rerun.state))
    if end is not None and not any_left(session, rerun.id):
        _move(session, rerun, end, finished_at=func.now())
        if end is RerunState.FINISHED and rerun.clinic_id is not None:
            session.add(clinic_event(rerun.clinic_id, EventType.RERUN_COMPLETED, rerun_id=rerun.id))


def _move(session: Session, rerun: Rerun, state: RerunState, **values: Any) -> None:
    before = RerunState(rerun.state)
    if state not in RERUN_TRANSITIONS[before]:
        raise ValueError(f"a campaign does not go from {before} to {state}")
    session.execute(
        update(Rerun).where(Rerun.id == rerun.id, Rerun.state == before).values(state=state, **values),
        execution_options=BULK,
    )
    session.refresh(rerun)
