"""Routes that read one case, and cancel it."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Response
from fastapi.responses import JSONResponse

from services.gateway.cases import repository, service
from services.gateway.cases.schemas import CaseBody
from services.gateway.clinics.auth import ReaderDep, WriterDep
from services.gateway.conditional import matches, weak_tag
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
from services.gateway.refusals import NotFound
from shared.contracts.ids import IdPrefix, id_pattern

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
        200: {"headers": _HEADERS},
        304: {"description": "The version is still the one that was asked about"},
        **declared(*_READ, "not_found"),
    },
    summary="One case",
)
def get_case(
    case_id: CaseId,
    tenant: ReaderDep,
    parts: PartsDep,
    if_none_match: Annotated[str | None, Header(max_length=4096)] = None,
) -> Response:
    with tenant.transaction() as session:
        row = repository.find(session, tenant.clinic_id, case_id)
    if row is None:
        raise NotFound("there is no such case")
    body = service.tell(row, parts.backlog.snapshot())
    headers = {**_PRIVATE, "ETag": weak_tag(body.version)}
    seconds = service.retry_after(body)
    if seconds is not None:
        headers["Retry-After"] = str(seconds)
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return JSONResponse(body.model_dump(mode="json"), headers=headers)


@router.post(
    "/{case_id}/cancel",
    operation_id="cancel_case",
    response_model=CaseBody,
    responses={200: {"headers": _HEADERS}, **declared(*_READ, "not_found", "already_terminal")},
    summary="Take a photo back",
)
def cancel_case(case_id: CaseId, tenant: WriterDep, parts: PartsDep) -> Response:
    """Cancel a waiting case at once; one that is being worked on ends canceled when its batch ends."""
    body = service.tell(service.cancel(tenant, case_id), parts.backlog.snapshot())
    return JSONResponse(body.model_dump(mode="json"), headers={**_PRIVATE, "ETag": weak_tag(body.version)})
