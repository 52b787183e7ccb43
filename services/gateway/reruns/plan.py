"""Plans a campaign: which cases are its members, how many of them are run, and about how long that takes."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.gateway.clinics.tenant import Reach
from services.gateway.refusals import EmptySelection, FieldProblem, Forbidden, UnknownModel, ValidationFailed
from services.gateway.reruns import repository, selection
from services.gateway.reruns.repository import Measured, RerunRow, Target
from services.gateway.reruns.schemas import Estimate, EstimateBasis, NewPlan, PlanCounts, RerunOrder
from shared.contracts.access import AccessAction
from shared.contracts.enums import SkipReason
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.access_log import Access
from shared.db.lifecycle import Frozen, Window
from shared.db.models import Case, Rerun
from shared.observability.logging import get_logger

_log = get_logger(__name__)
GOOD_FOR: Final = timedelta(hours=1)
# Fewer results than that are an anecdote, not a measurement.
_FEWEST_RESULTS: Final = 10


@dataclass(slots=True)
class Tally:
    """What has become of the members so far, and the digest over them."""

    digest: Any
    members: int = 0
    planned: int = 0
    skipped: Counter[SkipReason] = field(default_factory=Counter)

    def add(self, frozen: Frozen) -> None:
        self.members += frozen.members
        self.planned += frozen.planned
        self.skipped.update(frozen.skipped)
        if frozen.told:
            self.digest.update(frozen.told.encode() + b"\n")

    def counts(self, not_found: int) -> PlanCounts:
        return PlanCounts(selected=self.members, planned=self.planned, skipped=dict(self.skipped), not_found=not_found)


def make_plan(reach: Reach, asked: NewPlan, *, chunk: int = selection.CHUNK) -> RerunRow:
    """Write a campaign's members down, `chunk` cases a transaction; nothing is run.

    Raises UnknownModel, EmptySelection, Forbidden for another clinic's cases, ValidationFailed, DatabaseUnavailable.
    A plan that was interrupted stays in `planning` until it expires.
    """
    if reach.clinic_id is not None and asked.selector.clinic_id not in {None, reach.clinic_id}:
        raise Forbidden("the cases of another clinic are an operator's to select")
    if asked.deadline is not None and asked.deadline <= datetime.now(UTC):
        problem = FieldProblem(("body", "deadline"), "in_the_past", "must lie ahead")
        raise ValidationFailed("the body does not fit", [problem])
    target, rerun, drawn, start = _open(reach, asked)
    chosen = selection.chosen_by(asked.selector, reach.clinic_id).where(Case.created_at <= rerun.created_at)
    tally = Tally(hashlib.sha256(header(asked, target.version)))
    for window in _windows(reach, asked, drawn, start, chunk):
        with reach.transaction() as session:
            selection.go_along_indexes(session)
            tally.add(lifecycle.freeze_members(session, rerun, window, chosen))
    return _close(reach, asked, rerun, tally)


def header(asked: NewPlan, version: str) -> bytes:
    """Return what the digest begins with: everything but the members."""
    selector = asked.selector.model_dump(mode="json", exclude={"case_ids"}, exclude_none=True)
    told = [version, selector, asked.reprocess, asked.order]
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def row_of(reach: Reach, asked: NewPlan, target_id: str) -> Rerun:
    """Return the campaign as it is before its members are known."""
    selector = asked.selector.model_dump(mode="json", exclude={"case_ids"}, exclude_none=True)
    if asked.selector.case_ids is not None:
        selector["case_ids"] = len(set(asked.selector.case_ids))
    return Rerun(
        id=new_id(IdPrefix.RERUN),
        clinic_id=reach.clinic_id,
        made_by=reach.key_id,
        target_model_id=target_id,
        reprocess=asked.reprocess,
        selector=selector,
        max_active=asked.max_active,
        newest_first=asked.order is RerunOrder.NEWEST_FIRST,
        stop_failure_ratio=asked.stop_when.failure_ratio,
        deadline_at=asked.deadline,
        auto_promote=asked.auto_promote,
        max_flip_ratio=asked.max_flip_ratio,
        expires_at=datetime.now(UTC) + GOOD_FOR,
    )


def estimate(measured: list[Measured], planned: int) -> Estimate:
    """Return seconds from what was measured, of the target model if there is enough of it; nothing is made up."""
    enough = [each for each in measured if each.results >= _FEWEST_RESULTS]
    best = next((each for each in enough if each.of_target), enough[0] if enough else None)
    if best is None:
        return Estimate(device_seconds=None, wall_s=None, basis=None)
    network_ms = None if best.network_ms is None else round(best.network_ms, 3)
    pace = round(best.results / best.busy_seconds, 3)
    basis = EstimateBasis(
        of_target_model=best.of_target, results=best.results, device_ms_per_photo=network_ms, photos_per_s=pace
    )
    device_s = None if network_ms is None else round(planned * network_ms / 1000, 1)
    return Estimate(device_seconds=device_s, wall_s=round(planned / pace, 1), basis=basis)


def _open(reach: Reach, asked: NewPlan) -> tuple[Target, Rerun, list[str] | None, str]:
    """Add the campaign, if any case is selected; return what was drawn for its sample, and the first case."""
    chosen = selection.chosen_by(asked.selector, reach.clinic_id)
    with reach.transaction() as session:
        selection.allow_long_statements(session)
        target = repository.target(session, asked.target_model)
        if target is None:
            raise UnknownModel("register the model before cases are run on it")
        drawn = None
        if asked.selector.sample is not None:
            drawn = selection.sample(session, chosen, asked.selector.sample, asked.selector.seed)
        start = drawn[0] if drawn else selection.first(session, chosen)
        if start is None:
            raise EmptySelection("no case is selected")
        rerun = lifecycle.open_plan(session, row_of(reach, asked, target.id))
        reach.record(session, Access(AccessAction.RERUN_PLANNED, subject=rerun.id))
        return target, rerun, drawn, start


def _windows(reach: Reach, asked: NewPlan, drawn: list[str] | None, start: str, chunk: int) -> Iterator[Window]:
    listed = drawn if drawn is not None else asked.selector.case_ids
    if listed is not None:
        yield from selection.windows_of(sorted(set(listed)), chunk)
        return
    clinic_id, begin = reach.clinic_id or asked.selector.clinic_id, start
    while True:
        with reach.transaction() as session:
            selection.go_along_indexes(session)
            end = selection.end_of_chunk(session, begin, clinic_id, chunk)
        yield lifecycle.between(begin, end)
        if end is None:
            return
        begin = end


def _close(reach: Reach, asked: NewPlan, rerun: Rerun, tally: Tally) -> RerunRow:
    with reach.transaction() as session:
        counts = tally.counts(not_found(session, reach, asked))
        plan = {
            "digest": tally.digest.hexdigest(),
            "counts": counts.model_dump(mode="json"),
            "estimate": estimate(repository.measured(session, rerun.target_model_id), tally.planned).model_dump(),
        }
        lifecycle.close_plan(session, rerun.id, **plan)
        row = repository.find(session, reach.clinic_id, rerun.id)
    assert row is not None  # noqa: S101  # it was added above, and campaigns are not deleted
    _log.info("rerun_planned", rerun_id=rerun.id, selected=tally.members, planned=tally.planned, key_id=reach.key_id)
    return row


def not_found(session: Any, reach: Reach, asked: NewPlan) -> int:
    """Return how many of the named ids are no case in reach."""
    named = set(asked.selector.case_ids or ())
    return len(named) - repository.known_cases(session, reach.clinic_id, sorted(named)) if named else 0
