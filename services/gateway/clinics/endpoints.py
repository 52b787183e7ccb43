"""Routes for operators: clinics, what they may do in a minute, and their keys."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from services.gateway import paging
from services.gateway.clinics import service
from services.gateway.clinics.auth import OperatorDep, OriginDep
from services.gateway.clinics.schemas import (
    ClinicBody,
    ClinicChange,
    ClinicPage,
    CreatedKey,
    KeyLine,
    KeyList,
    NewClinic,
    NewKey,
    Rotation,
)
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
from services.gateway.json_body import JSON_REFUSALS, described, read_json
from shared.contracts.ids import IdPrefix, id_pattern

router = APIRouter(prefix="/v1", tags=["clinics"])

ClinicId = Annotated[str, Path(pattern=id_pattern(IdPrefix.CLINIC), examples=["cli_06f3k1qv2n7xw8m4t9zc5hd0ra"])]
KeyId = Annotated[str, Path(pattern=id_pattern(IdPrefix.KEY), examples=["key_06f3k1qv2n7xw8m4t9zc5hd0ra"])]
_READ = ("unauthenticated", "forbidden", "validation", "database_unavailable", "internal_error")
_FIND = (*_READ, "not_found")
_LOCATION = {"Location": {"description": "Path of the clinic", "schema": {"type": "string"}}}
_LINK = {"Link": {"description": 'The next page, as `rel="next"`; absent on the last', "schema": {"type": "string"}}}


@router.post(
    "/clinics",
    operation_id="create_clinic",
    status_code=201,
    response_model=ClinicBody,
    responses={201: {"headers": _LOCATION}, **declared(*_READ, *JSON_REFUSALS)},
    openapi_extra=described(NewClinic),
    summary="Create a clinic",
)
async def create_clinic(request: Request, _: OperatorDep, by: OriginDep, parts: PartsDep) -> Response:
    new = await read_json(request, NewClinic)
    made = await run_in_threadpool(service.add_clinic, parts.database, new, by=by)
    return JSONResponse(made.model_dump(mode="json"), 201, headers={"Location": f"/v1/clinics/{made.id}"})


@router.get(
    "/clinics",
    operation_id="list_clinics",
    response_model=ClinicPage,
    responses={200: {"headers": _LINK}, **declared(*_READ)},
    summary="Every clinic, newest first",
)
def list_clinics(
    request: Request,
    _: OperatorDep,
    parts: PartsDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before")] = None,
) -> Response:
    page = service.page(parts.database, limit, cursor)
    headers = {}
    if page.next_cursor is not None:
        headers["Link"] = paging.link_to_next(request.url.path, request.url.query, page.next_cursor)
    return JSONResponse(page.model_dump(mode="json"), headers=headers)


@router.get("/clinics/{clinic_id}", operation_id="get_clinic", responses=declared(*_FIND), summary="One clinic")
def get_clinic(clinic_id: ClinicId, _: OperatorDep, parts: PartsDep) -> ClinicBody:
    return service.clinic(parts.database, clinic_id)


@router.patch(
    "/clinics/{clinic_id}",
    operation_id="change_clinic",
    responses=declared(*_FIND, *JSON_REFUSALS),
    openapi_extra=described(ClinicChange),
    summary="Change a clinic's name, limits, consent or retention",
)
async def change_clinic(
    request: Request, clinic_id: ClinicId, _: OperatorDep, by: OriginDep, parts: PartsDep
) -> ClinicBody:
    """Only what is named changes. Keys in use notice within five seconds."""
    change = await read_json(request, ClinicChange)
    return await run_in_threadpool(service.change_clinic, parts.database, clinic_id, change, by=by)


@router.post(
    "/clinics/{clinic_id}/keys",
    operation_id="create_key",
    status_code=201,
    responses=declared(*_FIND, *JSON_REFUSALS),
    openapi_extra=described(NewKey, required=False),
    summary="Create a key of a clinic; it is shown this once",
)
async def create_key(
    request: Request, clinic_id: ClinicId, _: OperatorDep, by: OriginDep, parts: PartsDep
) -> CreatedKey:
    new = await read_json(request, NewKey, required=False)
    return await run_in_threadpool(service.create_key, parts.database, clinic_id, new, by=by)


@router.get(
    "/clinics/{clinic_id}/keys",
    operation_id="list_keys",
    responses=declared(*_FIND),
    summary="A clinic's keys, without their text",
)
def list_keys(clinic_id: ClinicId, _: OperatorDep, parts: PartsDep) -> KeyList:
    return KeyList(items=service.keys_of(parts.database, clinic_id))


@router.post(
    "/keys/{key_id}/rotate",
    operation_id="rotate_key",
    status_code=201,
    responses=declared(*_FIND, *JSON_REFUSALS),
    openapi_extra=described(Rotation, required=False),
    summary="Create a successor of a key; it is shown this once",
)
async def rotate_key(request: Request, key_id: KeyId, _: OperatorDep, by: OriginDep, parts: PartsDep) -> CreatedKey:
    """The old key counts for `overlap_s` seconds more; without an overlap it ends within five."""
    asked = await read_json(request, Rotation, required=False)
    overlap, expires_in = timedelta(seconds=asked.overlap_s), service.days(asked.expires_in_days)
    return await run_in_threadpool(service.rotate, parts.database, key_id, overlap, expires_in, by=by)


@router.post(
    "/keys/{key_id}/revoke", operation_id="revoke_key", responses=declared(*_FIND), summary="End a key for good"
)
def revoke_key(key_id: KeyId, _: OperatorDep, by: OriginDep, parts: PartsDep) -> KeyLine:
    """It stops counting within five seconds. Revoking it again changes nothing."""
    return service.revoke(parts.database, key_id, by=by)
