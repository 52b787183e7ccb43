"""The route that accepts a photo. It reads the body itself, piece by piece, once the caller has been let in."""

from typing import Annotated, Any, BinaryIO, cast

from fastapi import APIRouter, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from services.gateway.cases.held import Watch, hold
from services.gateway.cases.schemas import CaseBody
from services.gateway.cases.service import read, retry_after
from services.gateway.clinics.auth import CallerDep, WriterDep
from services.gateway.clinics.tenant import Tenant
from services.gateway.conditional import weak_tag
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
from services.gateway.json_body import JSON, media_type_of, read_json
from services.gateway.multipart import Pace, boundary_of, receive
from services.gateway.parts import Parts
from services.gateway.preferences import APPLIED, APPLIED_HEADER, PatienceDep
from services.gateway.settings import GatewaySettings
from services.gateway.submissions import service
from services.gateway.submissions.body import SubmissionForm
from services.gateway.submissions.schemas import UploadedCase, read_metadata
from shared.contracts.enums import Scope
from shared.errors import LesionlensError

router = APIRouter(prefix="/v1/cases", tags=["cases"])

_REFUSALS = (
    "unauthenticated",
    "forbidden",
    "request_timeout",
    "not_found",
    "direct_upload_off",
    "idempotency_in_flight",
    "consent_required",
    "consent_withdrawn",
    "subject_being_erased",
    "upload_consumed",
    "upload_missing",
    "upload_changed",
    "too_large",
    "unsupported_media",
    "malformed",
    "validation",
    "empty_body",
    "undecodable_image",
    "image_too_large",
    "idempotency_key_reused",
    "backlog_full",
    "internal_error",
    "store_unavailable",
    "database_unavailable",
    "no_active_model",
)
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["image"],
                    "additionalProperties": False,
                    "properties": {
                        "image": {
                            "type": "string",
                            "format": "binary",
                            "description": "JPEG, PNG, WebP or HEIC, at most 15 MB and 50 megapixels",
                        },
                        "metadata": {"$ref": "#/components/schemas/Metadata"},
                    },
                },
                "encoding": {"metadata": {"contentType": "application/json"}},
            },
            "application/json": {"schema": {"$ref": "#/components/schemas/UploadedCase"}},
        },
    }
}
_HEADERS = {
    "Location": {"description": "Path of the case", "schema": {"type": "string"}},
    "ETag": {"description": "Weak tag of the version", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds until asking is worth it", "schema": {"type": "integer"}},
    **APPLIED_HEADER,
    "Idempotent-Replayed": {
        "description": "`true` where this answer was given before under the same key",
        "schema": {"type": "string"},
    },
}


@router.post(
    "",
    operation_id="submit_case",
    status_code=202,
    response_model=CaseBody,
    responses={202: {"headers": _HEADERS}, **declared(*_REFUSALS)},
    openapi_extra=_BODY,
    summary="Submit a photo",
)
async def submit_case(
    request: Request,
    caller: CallerDep,
    tenant: WriterDep,
    parts: PartsDep,
    patience: PatienceDep,
    idempotency_key: Annotated[
        str | None,
        Header(pattern=r"^[\x21-\x7e]{1,255}$", description="Repeats within 24 hours get the first answer again"),
    ] = None,
) -> Response:
    """Accept a photo. The 202 means that it is stored and will reach an end; poll the case for it.

    With `Prefer: wait=n`, and a key that may read cases, the body may already tell that end.
    """
    with parts.body_places.take(caller.key_id):
        accepted = await _accept(request, tenant, parts, idempotency_key, caller.key_id)
    if not patience or Scope.CASES_READ not in caller.scopes:
        return _answer(accepted, accepted.body)
    outcome = await _outcome(request, tenant, parts, Watch(accepted.body["id"], patience))
    return _answer(accepted, accepted.body if outcome is None else outcome, None if outcome is None else patience)


async def _accept(
    request: Request, tenant: Tenant, parts: Parts, idempotency_key: str | None, key_id: str
) -> service.Accepted:
    if media_type_of(request) == JSON:
        named = await read_json(request, UploadedCase)
        metadata = named.metadata().of_subject(tenant.subject_ref)
        wish = service.Wish(named.upload_id, metadata, idempotency_key, key_id)
        return await run_in_threadpool(service.submit_upload, parts, tenant, wish)
    with await _receive(request, parts.settings) as form:
        metadata = read_metadata(form.metadata).of_subject(tenant.subject_ref)
        wish = service.Wish(form.sha256, metadata, idempotency_key, key_id)
        photo = service.Photo(cast("BinaryIO", form.photo), form.size, form.sha256)
        return await run_in_threadpool(service.submit, parts, tenant, wish, photo)


async def _outcome(request: Request, tenant: Tenant, parts: Parts, watch: Watch) -> dict[str, Any] | None:
    """Return the case after the wait; None where nobody could wait for it."""
    try:
        held = await hold(request, tenant, parts, watch)
        if not held.waited:
            return None
        body = await run_in_threadpool(read, tenant, parts, watch.case_id)
    except LesionlensError:
        # The photo is accepted, whatever has happened to us since; that is what has to be answered.
        return None
    return body.model_dump(mode="json")


async def _receive(request: Request, settings: GatewaySettings) -> SubmissionForm:
    boundary = boundary_of(request.headers.get("content-type", ""))
    form = SubmissionForm(boundary, settings.max_upload_bytes)
    await receive(request, form, Pace.of(settings))
    return form


def _answer(accepted: service.Accepted, told: dict[str, Any], waited: int | None = None) -> Response:
    body = CaseBody.model_validate(told)
    headers = {
        "Location": body.links.self,
        "ETag": weak_tag(body.version),
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization",
    }
    seconds = retry_after(body)
    if seconds is not None:
        headers["Retry-After"] = str(seconds)
    if accepted.replayed:
        headers["Idempotent-Replayed"] = "true"
    if waited is not None:
        headers[APPLIED] = f"wait={waited}"
    return JSONResponse(told, status_code=202, headers=headers)
