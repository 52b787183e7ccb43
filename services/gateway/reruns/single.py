"""One case run again: a campaign of one, planned and started at once."""

import hashlib
from collections.abc import Mapping
from typing import Final

from sqlalchemy.orm import Session

from services.gateway.clinics.tenant import Reach
from services.gateway.refusals import CaseNotRerun, NoActiveModel, NotFound, UnknownModel
from services.gateway.reruns import plan, repository, selection, service
from services.gateway.reruns.repository import Target
from services.gateway.reruns.schemas import NewPlan, RerunBody, RerunCase, Selector
from shared.contracts.access import AccessAction
from shared.contracts.enums import Reprocess, SkipReason
from shared.db import lifecycle
from shared.db.access_log import Access
from shared.observability.logging import get_logger

_log = get_logger(__name__)
_REFUSED: Final[Mapping[SkipReason, tuple[str, str]]] = {
    SkipReason.ERASED: ("case_erased", "the case was erased"),
    SkipReason.CANCELED: ("case_canceled", "the case was canceled"),
    SkipReason.CONSENT_WITHDRAWN: ("consent_withdrawn", "the subject has withdrawn its consent"),
    SkipReason.STILL_OPEN: ("case_open", "the case has not ended"),
    SkipReason.IMAGE_MISSING: ("image_missing", "the photo is not stored (any more)"),
    SkipReason.IN_FLIGHT: ("run_in_flight", "a run of this model is under way for the case"),
}


def rerun_case(reach: Reach, case_id: str, asked: RerunCase) -> RerunBody:
    """Run one case again, whatever it has; with `promote`, what comes out is published.

    Raises NotFound, UnknownModel, NoActiveModel, CaseNotRerun, DatabaseUnavailable; nothing is begun then.
    """
    with reach.transaction() as session:
        target = _target(session, asked.target_model)
        wanted = NewPlan(
            target_model=target.id,
            selector=Selector(case_ids=[case_id]),
            reprocess=Reprocess.ALL,
            max_active=1,
            auto_promote=asked.promote,
            max_flip_ratio=1.0 if asked.promote else None,
        )
        chosen = selection.chosen_by(wanted.selector, reach.clinic_id)
        if selection.first(session, chosen) is None:
            raise NotFound("there is no such case")
        rerun = lifecycle.open_plan(session, plan.row_of(reach, wanted, target.id))
        tally = plan.Tally(hashlib.sha256(plan.header(wanted, target.version)))
        tally.add(lifecycle.freeze_members(session, rerun, lifecycle.among([case_id]), chosen))
        for reason in tally.skipped:
            raise CaseNotRerun(*_REFUSED[reason])
        estimate = plan.estimate(repository.measured(session, target.id), 1)
        counts = tally.counts(not_found=0).model_dump(mode="json")
        told = {"digest": tally.digest.hexdigest(), "counts": counts, "estimate": estimate.model_dump()}
        lifecycle.close_plan(session, rerun.id, **told)
        lifecycle.start_rerun(session, rerun.id)
        reach.record(session, Access(AccessAction.CASE_RERUN, case_id=case_id, subject=rerun.id))
    _log.info("case_rerun", rerun_id=rerun.id, case_id=case_id, key_id=reach.key_id)
    return service.read(reach, rerun.id)


def _target(session: Session, model_id: str | None) -> Target:
    if model_id is not None:
        found = repository.target(session, model_id)
        if found is None:
            raise UnknownModel("register the model before a case is run on it")
        return found
    active = repository.active_target(session)
    if active is None:
        raise NoActiveModel("no model is active")
    return active
