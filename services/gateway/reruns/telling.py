"""How a campaign is told: what it is, and how far it has come."""

from collections import Counter
from typing import Final

from sqlalchemy.orm import Session

from services.gateway.clinics.tenant import Reach
from services.gateway.refusals import NotFound
from services.gateway.reruns import repository
from services.gateway.reruns.repository import RerunRow
from services.gateway.reruns.schemas import Estimate, PlanCounts, RerunBody, RerunLine, RerunOrder, TargetModel
from shared.contracts.enums import Promotion, Reprocess, RerunItemState, RerunState

_ENDED: Final = (
    RerunItemState.SUCCEEDED,
    RerunItemState.REJECTED,
    RerunItemState.FAILED,
    RerunItemState.CANCELED,
)


def found(session: Session, reach: Reach, rerun_id: str) -> RerunRow:
    """Return a campaign in reach. Raises NotFound."""
    return _known(repository.find(session, reach.clinic_id, rerun_id))


def held(session: Session, reach: Reach, rerun_id: str) -> RerunRow:
    """Return a campaign in reach that nobody else changes before the transaction ends. Raises NotFound."""
    return _known(repository.find(session, reach.clinic_id, rerun_id, hold=True))


def tell_line(row: RerunRow) -> RerunLine:
    rerun = row.rerun
    return RerunLine(
        id=rerun.id,
        state=RerunState(rerun.state),
        clinic_id=rerun.clinic_id,
        target_model=TargetModel(id=row.target.id, name=row.target.name, version=row.target.version),
        selector=rerun.selector,
        reprocess=Reprocess(rerun.reprocess),
        max_active=rerun.max_active,
        order=RerunOrder.NEWEST_FIRST if rerun.newest_first else RerunOrder.OLDEST_FIRST,
        stop_failure_ratio=rerun.stop_failure_ratio,
        deadline=rerun.deadline_at,
        auto_promote=rerun.auto_promote,
        max_flip_ratio=rerun.max_flip_ratio,
        counts=None if rerun.counts is None else PlanCounts.model_validate(rerun.counts),
        estimate=None if rerun.estimate is None else Estimate.model_validate(rerun.estimate),
        digest=rerun.digest,
        created_at=rerun.created_at,
        expires_at=rerun.expires_at,
        started_at=rerun.started_at,
        finished_at=rerun.finished_at,
        stop_reason=rerun.stop_reason,
    )


def _known(row: RerunRow | None) -> RerunRow:
    if row is None:
        raise NotFound("there is no such campaign")
    return row


def tell_body(session: Session, row: RerunRow) -> RerunBody:
    """Return a campaign with its counts at this moment."""
    items: Counter[RerunItemState] = Counter()
    promotions: Counter[Promotion] = Counter()
    for state, promotion, count in repository.item_counts(session, row.rerun.id):
        items[RerunItemState(state)] += count
        if promotion is not None:
            promotions[Promotion(promotion)] += count
    ended = sum(items[state] for state in _ENDED)
    left = items[RerunItemState.PLANNED] + items[RerunItemState.QUEUED]
    gate = repository.gate(session)
    return RerunBody(
        **tell_line(row).model_dump(),
        items=dict(items),
        promotions=dict(promotions),
        failures=repository.failures(session, row.rerun.id),
        progress=ended / (ended + left) if ended + left else None,
        eta_s=_eta_s(session, row, left),
        gate_open=gate is None or gate.is_open,
        live_p95_s=None if gate is None else gate.live_p95_s,
    )


def _eta_s(session: Session, row: RerunRow, left: int) -> float | None:
    """By what has ended in the last minutes; None where nothing has, or nothing is being run."""
    if row.rerun.state != RerunState.RUNNING or not left:
        return None
    ended, seconds = repository.ended_lately(session, row.rerun)
    return round(left * seconds / ended, 1) if ended and seconds else None
