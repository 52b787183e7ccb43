"""Routes for what became of events on their way to webhook endpoints, and for sending them again."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from services.gateway import paging
from services.gateway.clinics.auth import ManagerDep
from services.gateway.deliveries import service
from services.gateway.deliveries.schemas import (
    DeliveriesQuery,
    DeliveryBody,
    DeliveryDetail,
    DeliveryPage,
    Period,
    SentAgain,
)
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
from services.gateway.json_body import JSON_REFUSALS, described, read_json
from services.gateway.webhooks.endpoints import FIND, EndpointId
from shared.contracts.ids import IdPrefix, id_pattern

router = APIRouter(prefix="/v1", tags=["webhooks"])

DeliveryId = Annotated[str, Path(pattern=id_pattern(IdPrefix.DELIVERY), examples=["dlv_019ac0f2b3d47a1e5c8f0b6d2e"])]
_SEND: Final = (*FIND, "endpoint_disabled")
_LINK: Final = {
    "Link": {"description": 'The next page, as `rel="next"`; absent on the last', "schema": {"type": "string"}}
}


@router.get(
    "/webhook-endpoints/{endpoint_id}/deliveries",
    operation_id="list_deliveries",
    response_model=DeliveryPage,
    responses={200: {"headers": _LINK}, **declared(*FIND)},
    summary="What was sent to a webhook endpoint, newest first",
)
def list_deliveries(
    request: Request, endpoint_id: EndpointId, tenant: ManagerDep, asked: Annotated[DeliveriesQuery, Query()]
) -> Response:
    page = service.page(tenant, endpoint_id, asked)
    headers = {}
    if page.next_cursor is not None:
        headers["Link"] = paging.link_to_next(request.url.path, request.url.query, page.next_cursor)
    return JSONResponse(page.model_dump(mode="json"), headers=headers)


@router.get(
    "/deliveries/{delivery_id}",
    operation_id="get_delivery",
    responses=declared(*FIND),
    summary="One delivery, with each of its requests",
)
def get_delivery(delivery_id: DeliveryId, tenant: ManagerDep) -> DeliveryDetail:
    return service.find(tenant, delivery_id)


@router.post(
    "/deliveries/{delivery_id}/redeliver",
    operation_id="redeliver",
    status_code=202,
    responses=declared(*_SEND, "delivery_under_way"),
    summary="Send an event again that was delivered, or failed",
)
def redeliver(delivery_id: DeliveryId, tenant: ManagerDep, parts: PartsDep) -> DeliveryBody:
    """With the same `webhook-id`, so that a receiver sees that it knows it, and up to ten attempts more."""
    return service.redeliver(parts, tenant, delivery_id)


@router.post(
    "/webhook-endpoints/{endpoint_id}/test",
    operation_id="send_webhook_test",
    status_code=202,
    responses=declared(*_SEND),
    summary="Send a test to a webhook endpoint",
)
def send_webhook_test(endpoint_id: EndpointId, tenant: ManagerDep, parts: PartsDep) -> DeliveryBody:
    """An event `endpoint.test`, signed as any other, whatever event types the endpoint has asked for."""
    return service.send_test(parts, tenant, endpoint_id)


@router.post(
    "/webhook-endpoints/{endpoint_id}/recover",
    operation_id="recover_deliveries",
    status_code=202,
    responses=declared(*_SEND, *JSON_REFUSALS),
    openapi_extra=described(Period),
    summary="Send again what failed in a time",
)
async def recover_deliveries(
    request: Request, endpoint_id: EndpointId, tenant: ManagerDep, parts: PartsDep
) -> SentAgain:
    """Events of the last 14 days, up to 10,000 of them in a call."""
    asked = await read_json(request, Period)
    return await run_in_threadpool(service.recover, parts, tenant, endpoint_id, asked)


@router.post(
    "/webhook-endpoints/{endpoint_id}/replay-missing",
    operation_id="replay_missing_deliveries",
    status_code=202,
    responses=declared(*_SEND, *JSON_REFUSALS),
    openapi_extra=described(Period),
    summary="Send what was never sent to a webhook endpoint",
)
async def replay_missing_deliveries(
    request: Request, endpoint_id: EndpointId, tenant: ManagerDep, parts: PartsDep
) -> SentAgain:
    """Events of the last 30 days, from before it was there or while it was disabled; up to 10,000 of them in a call."""
    asked = await read_json(request, Period)
    return await run_in_threadpool(service.replay_missing, parts, tenant, endpoint_id, asked)
