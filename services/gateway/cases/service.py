"""How a case is told to its owner, and how soon it is worth asking again."""

from datetime import UTC, datetime
from typing import Any, Final

from services.gateway.backlog.service import Snapshot
from services.gateway.cases import repository
from services.gateway.cases.repository import CaseRow
from services.gateway.cases.schemas import (
    CaseBody,
    Failure,
    Links,
    Phase,
    Progress,
    Quality,
    QualityLimits,
    Reason,
    Rejection,
    ResultBody,
    StoredImage,
)
from services.gateway.clinics.tenant import Tenant
from services.gateway.parts import Parts
from services.gateway.refusals import AlreadyTerminal, CaseErased, NotFound
from services.gateway.waiting.glance import Glance
from shared.contracts.access import AccessAction
from shared.contracts.enums import CaseState, LesionClass, Modality, Sex
from shared.contracts.lifecycle import OPEN_CASE_STATES
from shared.contracts.manifest import ReasonCode
from shared.db.access_log import Access
from shared.db.models import Case, Result

_PHASES: Final = {CaseState.ACCEPTED: Phase.QUEUED, CaseState.PROCESSING: Phase.INFERRING}
# Ask again after so many seconds, by the age of an open case: soon while an answer is near, slower when work piles up.
_PATIENCE: Final = ((15.0, 1), (60.0, 2), (300.0, 5))
_LONG_PATIENCE_S: Final = 10

_DETAILS: Final = {
    "undecodable_image": "The photo is truncated or corrupt.",
    "image_too_large": "The photo has more pixels than are taken.",
    "decoder_crashed": "The photo could not be decoded safely.",
    "non_finite_activation": "The model gave no usable answer for this photo.",
    "object_missing": "The photo was no longer in the store.",
    "attempts_exhausted": "The photo could not be worked on after several attempts.",
}
_NO_SUCH_CASE: Final = "there is no such case"
_OTHER_DETAIL: Final = "The photo could not be worked on."


def tell(row: CaseRow, queue: Snapshot, tenant: Tenant) -> CaseBody:
    """Return the body of a case, as this caller may see it; of the queue only estimates go into it."""
    case, state = row.case, CaseState(row.case.state)
    return CaseBody(
        id=case.id,
        version=case.version,
        state=state,
        created_at=case.created_at,
        updated_at=case.updated_at,
        client_ref=case.client_ref,
        subject_ref=case.subject_ref,
        lesion_ref=case.lesion_ref,
        body_site=case.body_site,
        age=case.age,
        sex=None if case.sex is None else Sex(case.sex),
        captured_at=case.captured_at,
        modality=Modality(case.modality),
        deadline_at=case.deadline_at,
        image=_image(case),
        progress=_progress(row, state, queue),
        result=tell_result(row.result, tenant) if state is CaseState.COMPLETED else None,
        rejection=tell_rejection(row.result) if state is CaseState.REJECTED else None,
        error=tell_failure(case.error_code, row.attempts) if state is CaseState.FAILED else None,
        links=_links(case, with_pictures=state is CaseState.COMPLETED),
    )


def is_veiled(result: Result, tenant: Tenant) -> bool:
    """Return whether this caller must not see how probable the classes are.

    They were never validated for such a photo. A clinic may weigh that; a device shows them to the person concerned.
    """
    codes = {reason["code"] for reason in result.reasons}
    return tenant.device_id is not None and ReasonCode.OUTSIDE_VALIDATED_USE in codes


def tell_result(result: Result | None, tenant: Tenant) -> ResultBody | None:
    """Return the body of a run's result; None for a refusal and where there is none yet."""
    if result is None or result.decision is None:
        return None
    veiled = is_veiled(result, tenant)
    # How far a map explains the answer is measured in probabilities of the class.
    unseen = {"faithfulness": None} if veiled else {}
    return ResultBody.model_validate(
        {
            "run_id": result.run_id,
            "decision": result.decision,
            "reasons": result.reasons,
            "label": result.label,
            # The database keeps no order of keys; the classes have one.
            "probabilities": None if veiled else {name: (result.probabilities or {})[name] for name in LesionClass},
            "malignancy": None if veiled else result.malignancy,
            "thresholds": result.thresholds,
            "quality": _quality(result),
            "out_of_distribution": result.out_of_distribution,
            "explanation": {"faithfulness": None, **(result.explanation or {}), **unseen},
            "model": result.model,
            "notice": result.notice,
        }
    )


def tell_rejection(result: Result | None) -> Rejection | None:
    """Return why a photo was refused; None for a run that answered and where there is none yet."""
    if result is None or result.decision is not None:
        return None
    return Rejection(reasons=[Reason.model_validate(reason) for reason in result.reasons], quality=_quality(result))


def _quality(result: Result) -> Quality:
    """What an older result does not tell is null."""
    said: dict[str, Any] = {name: result.quality.get(name) for name in Quality.model_fields}
    if (limits := said["limits"]) is not None:
        said["limits"] = {name: limits.get(name) for name in QualityLimits.model_fields}
    return Quality.model_validate(said)


def tell_failure(code: str | None, attempts: int) -> Failure | None:
    if code is None:
        return None
    return Failure(code=code, detail=_DETAILS.get(code, _OTHER_DETAIL), attempts=attempts)


def retry_after(case: CaseBody | Glance) -> int | None:
    """Return after how many seconds asking again is worth it; None where the case has ended."""
    if case.state not in OPEN_CASE_STATES:
        return None
    age = (datetime.now(UTC) - case.created_at).total_seconds()
    return next((seconds for limit, seconds in _PATIENCE if age < limit), _LONG_PATIENCE_S)


def read(tenant: Tenant, parts: Parts, case_id: str) -> CaseBody:
    """Return the clinic's case as it is told. Raises NotFound, CaseErased, DatabaseUnavailable."""
    with tenant.transaction() as session:
        row = _living(repository.find(session, tenant, case_id))
        tenant.record_read(session, AccessAction.CASE_READ, case_id, row.case.version)
    return tell(row, parts.backlog.snapshot(), tenant)


def _living(row: CaseRow | None) -> CaseRow:
    if row is None:
        raise NotFound(_NO_SUCH_CASE)
    if row.case.state == CaseState.ERASED:
        raise CaseErased
    return row


def glance(tenant: Tenant, case_id: str) -> Glance:
    """Return how the clinic's case stands, quicker than `find`. Raises NotFound, CaseErased, DatabaseUnavailable."""
    with tenant.transaction() as session:
        seen = repository.glance(session, tenant, case_id)
    if seen is None:
        raise NotFound(_NO_SUCH_CASE)
    if seen.state is CaseState.ERASED:
        raise CaseErased
    return seen


def cancel(tenant: Tenant, case_id: str) -> CaseRow:
    """Cancel a case; one that is canceled already stays so.

    Raises NotFound, CaseErased, AlreadyTerminal where it has ended.
    """
    with tenant.transaction() as session:
        row = _living(repository.find(session, tenant, case_id))
        if CaseState(row.case.state) in OPEN_CASE_STATES:
            row = repository.cancel(session, row)
        if CaseState(row.case.state) not in {*OPEN_CASE_STATES, CaseState.CANCELED}:
            raise AlreadyTerminal(f"the case is {row.case.state}")
        tenant.record(session, Access(AccessAction.CASE_CANCELED, case_id=case_id, version=row.case.version))
    return row


def _progress(row: CaseRow, state: CaseState, queue: Snapshot) -> Progress:
    before = queue.position(row.case.created_at) if state is CaseState.ACCEPTED else None
    return Progress(
        phase=_PHASES.get(state, Phase.DONE),
        queue_position=before,
        estimated_wait_s=queue.wait_s(before or 0) if state in OPEN_CASE_STATES else None,
        cancel_requested=row.cancel_requested,
    )


def _image(case: Case) -> StoredImage | None:
    if case.image_sha256 is None:
        return None
    return StoredImage.model_validate(
        {
            "sha256": case.image_sha256,
            "width": case.image_width,
            "height": case.image_height,
            "media_type": case.image_media_type,
        }
    )


def _links(case: Case, *, with_pictures: bool) -> Links:
    path = f"/v1/cases/{case.id}"
    return Links(
        self=path,
        runs=f"{path}/runs",
        image=f"{path}/image" if case.image_key else None,
        heatmap=f"{path}/heatmap" if with_pictures else None,
        layer=f"{path}/layer" if with_pictures else None,
        overlay=f"{path}/overlay" if with_pictures else None,
    )
