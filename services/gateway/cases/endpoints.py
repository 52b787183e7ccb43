"""Routes that read one case, and cancel it."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from services.gateway.cases import service
from services.gateway.cases.held import Watch, hold
from services.gateway.cases.schemas import CaseBody
from services.gateway.clinics.auth import ReaderDep, WriterDep
from services.gateway.conditional import matches, weak_tag
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
from services.gateway.preferences import APPLIED, APPLIED_HEADER, PatienceDep
from services.gateway.waiting.glance import Glance
from shared.contracts.enums import CaseState
from shared.contracts.ids import IdPrefix, id_pattern
from shared.contracts.tasks import TaskName

router = APIRouter(prefix="/v1/cases", tags=["cases"])

CaseId = Annotated[str, Path(pattern=id_pattern(IdPrefix.CASE), examples=["case_06f3k1qv2n7xw8m4t9zc5hd0ra"])]
_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
_READ = ("unauthenticated", "forbidden", "validation", "database_unavailable", "internal_error")
_HEADERS = {
    "ETag": {"description": "Weak tag of the version", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds, while the case is open", "schema": {"type": "integer"}},
}


@router.get(
    "/{case_id}",
    operation_id="get_case",
    response_model=CaseBody,
    responses={
        200: {"headers": {**_HEADERS, **APPLIED_HEADER}},
        304: {"description": "The version is still the one that was asked about"},
        **declared(*_READ, "not_found", "case_erased"),
    },
    summary="One case",
)
async def get_case(
    request: Request,
    case_id: CaseId,
    tenant: ReaderDep,
    parts: PartsDep,
    patience: PatienceDep,
    *,
    since_version: Annotated[
        int | None, Query(ge=0, le=2**31 - 1, description="With `Prefer: wait`: hold the answer until a later version")
    ] = None,
    if_none_match: Annotated[str | None, Header(max_length=4096)] = None,
) -> Response:
    """Answer at once or, with `Prefer: wait=n`, as soon as there is a version that the caller does not know.

    Known are the versions that `If-None-Match` names and those up to `since_version`; without either the answer waits
    for the end of the case. A case that has ended is answered at once.
    """
    headers = dict(_PRIVATE)
    if patience:
        watch = Watch(case_id, patience, _known(since_version, if_none_match))
        held = await hold(request, tenant, parts, watch)
        if held.waited:
            headers[APPLIED] = f"wait={patience}"
        if matches(if_none_match, weak_tag(held.glance.version)):
            return Response(status_code=304, headers={**headers, **_of_version(held.glance)})
    body = await run_in_threadpool(service.read, tenant, parts, case_id)
    headers |= _of_version(body)
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return JSONResponse(body.model_dump(mode="json"), headers=headers)


def _known(since_version: int | None, if_none_match: str | None) -> Callable[[int], bool] | None:
    if since_version is None and if_none_match is None:
        return None
    return lambda version: version <= (since_version or 0) or matches(if_none_match, weak_tag(version))


def _of_version(case: CaseBody | Glance) -> dict[str, str]:
    headers = {"ETag": weak_tag(case.version)}
    seconds = service.retry_after(case)
    return headers if seconds is None else {**headers, "Retry-After": str(seconds)}


@router.post(
    "/{case_id}/cancel",
    operation_id="cancel_case",
    response_model=CaseBody,
    responses={200: {"headers": _HEADERS}, **declared(*_READ, "not_found", "already_terminal", "case_erased")},
    summary="Take a photo back",
)
def cancel_case(case_id: CaseId, tenant: WriterDep, parts: PartsDep) -> Response:
    """Cancel a waiting case at once; one that is being worked on ends canceled when its batch ends."""
    body = service.tell(service.cancel(tenant, case_id), parts.backlog.snapshot(), tenant)
    if body.state is CaseState.CANCELED:
        parts.doorbell.ring(TaskName.NOTIFIER_DRAIN)
    return JSONResponse(body.model_dump(mode="json"), headers={**_PRIVATE, "ETag": weak_tag(body.version)})
