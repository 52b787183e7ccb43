"""Routes by which devices sign in and out, and by which their clinic sees and ends them."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from services.gateway import paging
from services.gateway.clinics.auth import DeviceDep, KeyReaderDep, KeyWriterDep, visit_of, visitor_of
from services.gateway.dependencies import PartsDep
from services.gateway.devices import cookie, repository, service
from services.gateway.devices.schemas import DeviceBody, DevicePage, EnrolDevice, RefreshDevice, SignedIn
from services.gateway.enrolments.schemas import Subject
from services.gateway.http_errors import declared
from services.gateway.json_body import JSON_REFUSALS, described, read_json
from services.gateway.limits.service import Limiter
from services.gateway.parts import Parts
from services.gateway.refusals import EnrolmentRefused, RefreshReused, Unauthenticated
from shared.contracts.access import AccessAction
from shared.contracts.ids import IdPrefix, id_pattern
from shared.db.access_log import Access

router = APIRouter(prefix=cookie.PATH, tags=["devices"])

DeviceId = Annotated[str, Path(pattern=id_pattern(IdPrefix.DEVICE), examples=["dev_06f3k1qv2n7xw8m4t9zc5hd0ra"])]
_READ: Final = ("unauthenticated", "forbidden", "validation", "database_unavailable", "internal_error")
_PUBLIC: Final = (*JSON_REFUSALS, "rate_limited", "database_unavailable", "internal_error")
_LINK: Final = {
    "Link": {"description": 'The next page, as `rel="next"`; absent on the last', "schema": {"type": "string"}}
}
_COOKIE: Final = {"Set-Cookie": {"description": "The refresh token, for browsers", "schema": {"type": "string"}}}


@router.post(
    "/enrol",
    operation_id="enrol_device",
    status_code=201,
    response_model=SignedIn,
    responses={201: {"headers": _COOKIE}, **declared(*_PUBLIC, "enrolment_refused")},
    openapi_extra=described(EnrolDevice),
    summary="Sign a device in by a code; no key is needed",
)
async def enrol_device(request: Request, parts: PartsDep) -> Response:
    """A code that is unknown, used or over is refused in the same words. Too many of them lock out who sends them."""
    limiter: Limiter = request.app.state.limiter
    await limiter.admit_code(visit_of(request))
    asked = await read_json(request, EnrolDevice)
    try:
        given = await run_in_threadpool(service.enrol, parts, asked, visitor_of(request))
    except EnrolmentRefused:
        await limiter.note_code(visit_of(request))
        raise
    return _answer(request, parts, given, 201, by_cookie=asked.cookie)


@router.post(
    "/refresh",
    operation_id="refresh_device",
    response_model=SignedIn,
    responses={200: {"headers": _COOKIE}, **declared(*_PUBLIC, "unauthenticated", "refresh_reused")},
    openapi_extra=described(RefreshDevice),
    summary="Get the next tokens for a refresh token, which counts once",
)
async def refresh_device(request: Request, parts: PartsDep) -> Response:
    """A token that was followed by another which is in use signs the device out, whoever sends it."""
    limiter: Limiter = request.app.state.limiter
    await limiter.admit_stranger(visit_of(request))
    asked = await read_json(request, RefreshDevice)
    by_cookie = asked.refresh_token is None
    token = request.cookies.get(cookie.NAME) if by_cookie else asked.refresh_token
    try:
        given = await run_in_threadpool(service.refresh, parts, token, visitor_of(request))
    except (Unauthenticated, RefreshReused):
        await limiter.note_failure(visit_of(request))
        raise
    return _answer(request, parts, given, 200, by_cookie=by_cookie)


def _answer(request: Request, parts: Parts, given: SignedIn, status: int, *, by_cookie: bool) -> Response:
    told: dict[str, Any] = given.model_dump(mode="json")
    if not by_cookie:
        return JSONResponse(told, status)
    response = JSONResponse({**told, "refresh_token": None}, status)
    cookie.keep(request, response, given, parts.settings.trusted_proxy_hops)
    return response


@router.post(
    "/logout",
    operation_id="log_out_device",
    status_code=204,
    response_class=Response,
    responses={
        204: {"headers": _COOKIE},
        **declared("unauthenticated", "forbidden", "database_unavailable", "internal_error"),
    },
    summary="Sign the calling device out for good",
)
def log_out_device(request: Request, tenant: DeviceDep, parts: PartsDep) -> Response:
    service.sign_out(tenant)
    response = Response(status_code=204)
    cookie.forget(request, response, parts.settings.trusted_proxy_hops)
    return response


@router.get(
    "",
    operation_id="list_devices",
    response_model=DevicePage,
    responses={200: {"headers": _LINK}, **declared(*_READ)},
    summary="The clinic's devices, newest first",
)
def list_devices(
    request: Request,
    tenant: KeyReaderDep,
    *,
    subject_ref: Annotated[Subject | None, Query(description="Of this subject only")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before")] = None,
) -> Response:
    query = paging.Query("devices", {"subject_ref": subject_ref}, ids=IdPrefix.DEVICE)
    behind = None if cursor is None else query.decode(cursor).id
    with tenant.transaction() as session:
        rows = repository.page(session, tenant.clinic_id, subject_ref=subject_ref, limit=limit + 1, behind=behind)
        tenant.record(session, Access(AccessAction.DEVICES_LISTED, count=min(len(rows), limit)))
    following = query.encode(paging.Position(rows[limit - 1].id)) if len(rows) > limit else None
    page = DevicePage(items=[service.tell(row) for row in rows[:limit]], next_cursor=following)
    headers = {}
    if following is not None:
        headers["Link"] = paging.link_to_next(request.url.path, request.url.query, following)
    return JSONResponse(page.model_dump(mode="json"), headers=headers)


@router.post(
    "/{device_id}/revoke",
    operation_id="revoke_device",
    responses=declared(*_READ, "not_found"),
    summary="Sign a device out for good",
)
def revoke_device(device_id: DeviceId, tenant: KeyWriterDep) -> DeviceBody:
    """Its tokens stop counting within five seconds. Revoking it again changes nothing."""
    return service.revoke(tenant, device_id)
