"""Routes for a clinic's webhook endpoints. A secret is in the answers of `create` and `rotate`, and in no other."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from services.gateway.clinics.auth import ManagerDep
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
from services.gateway.json_body import JSON_REFUSALS, described, read_json
from services.gateway.webhooks import service
from services.gateway.webhooks.schemas import (
    EndpointBody,
    EndpointChange,
    EndpointList,
    EndpointWithSecret,
    NewEndpoint,
    SecretRotation,
)
from shared.contracts.ids import IdPrefix, id_pattern

router = APIRouter(prefix="/v1/webhook-endpoints", tags=["webhooks"])

EndpointId = Annotated[str, Path(pattern=id_pattern(IdPrefix.ENDPOINT), examples=["whe_06f3k1qv2n7xw8m4t9zc5hd0ra"])]
_USUAL: Final = ("unauthenticated", "forbidden", "database_unavailable", "internal_error")
FIND: Final = (*_USUAL, "validation", "not_found")
_LOCATION: Final = {"Location": {"description": "Path of the endpoint", "schema": {"type": "string"}}}


@router.post(
    "",
    operation_id="create_webhook_endpoint",
    status_code=201,
    response_model=EndpointWithSecret,
    responses={201: {"headers": _LOCATION}, **declared(*_USUAL, *JSON_REFUSALS, "too_many_endpoints")},
    openapi_extra=described(NewEndpoint),
    summary="Create a webhook endpoint; its secret is shown this once",
)
async def create_webhook_endpoint(request: Request, tenant: ManagerDep, parts: PartsDep) -> Response:
    """Events from now on are sent to `url`, signed with the secret."""
    new = await read_json(request, NewEndpoint)
    made = await run_in_threadpool(service.create, parts, tenant, new)
    return JSONResponse(made.model_dump(mode="json"), 201, headers={"Location": f"/v1/webhook-endpoints/{made.id}"})


@router.get(
    "",
    operation_id="list_webhook_endpoints",
    responses=declared(*_USUAL),
    summary="The clinic's webhook endpoints, newest first",
)
def list_webhook_endpoints(tenant: ManagerDep) -> EndpointList:
    return EndpointList(items=service.list_all(tenant))


@router.get(
    "/{endpoint_id}", operation_id="get_webhook_endpoint", responses=declared(*FIND), summary="One webhook endpoint"
)
def get_webhook_endpoint(endpoint_id: EndpointId, tenant: ManagerDep) -> EndpointBody:
    return service.find(tenant, endpoint_id)


@router.patch(
    "/{endpoint_id}",
    operation_id="change_webhook_endpoint",
    responses=declared(*FIND, *JSON_REFUSALS),
    openapi_extra=described(EndpointChange),
    summary="Change a webhook endpoint",
)
async def change_webhook_endpoint(
    request: Request, endpoint_id: EndpointId, tenant: ManagerDep, parts: PartsDep
) -> EndpointBody:
    """Only what is named changes. With a new `url`, what was learnt of the old one is forgotten."""
    asked = await read_json(request, EndpointChange)
    return await run_in_threadpool(service.change, parts, tenant, endpoint_id, asked)


@router.delete(
    "/{endpoint_id}",
    operation_id="delete_webhook_endpoint",
    status_code=204,
    responses=declared(*FIND),
    summary="Delete a webhook endpoint and its secrets",
)
def delete_webhook_endpoint(endpoint_id: EndpointId, tenant: ManagerDep) -> None:
    """Nothing is sent to it any more, nor what was under way. There is no way back."""
    service.remove(tenant, endpoint_id)


@router.post(
    "/{endpoint_id}/enable",
    operation_id="enable_webhook_endpoint",
    responses=declared(*FIND),
    summary="Send to a webhook endpoint again",
)
def enable_webhook_endpoint(endpoint_id: EndpointId, tenant: ManagerDep, parts: PartsDep) -> EndpointBody:
    """What waited for it is sent first. What happened meanwhile is not: `replay-missing` sends that."""
    return service.enable(parts, tenant, endpoint_id)


@router.post(
    "/{endpoint_id}/disable",
    operation_id="disable_webhook_endpoint",
    responses=declared(*FIND),
    summary="Send nothing to a webhook endpoint",
)
def disable_webhook_endpoint(endpoint_id: EndpointId, tenant: ManagerDep) -> EndpointBody:
    return service.disable(tenant, endpoint_id)


@router.post(
    "/{endpoint_id}/secret/rotate",
    operation_id="rotate_webhook_secret",
    responses=declared(*FIND, *JSON_REFUSALS),
    openapi_extra=described(SecretRotation, required=False),
    summary="Create a successor of the secret; it is shown this once",
)
async def rotate_webhook_secret(
    request: Request, endpoint_id: EndpointId, tenant: ManagerDep, parts: PartsDep
) -> EndpointWithSecret:
    """For `overlap_s` seconds each message is signed with the old secret too; with 0 every old one ends at once."""
    asked = await read_json(request, SecretRotation, required=False)
    return await run_in_threadpool(service.rotate_secret, parts, tenant, endpoint_id, asked)
