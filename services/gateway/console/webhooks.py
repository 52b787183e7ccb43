"""A clinic's webhook endpoints, what became of its deliveries, and sending them again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from services.gateway.clinics import service as clinics
from services.gateway.clinics.endpoints import ClinicId
from services.gateway.clinics.tenant import Tenant
from services.gateway.console.cookie import PATH
from services.gateway.console.forms import body_of, read_form
from services.gateway.console.gate import OperatorDep
from services.gateway.console.pages import page
from services.gateway.console.route import ConsoleRoute
from services.gateway.deliveries import service as deliveries
from services.gateway.deliveries.endpoints import DeliveryId
from services.gateway.deliveries.schemas import DeliveriesQuery, Period
from services.gateway.dependencies import PartsDep
from services.gateway.parts import Parts
from services.gateway.refusals import NotFound
from services.gateway.webhooks import service
from services.gateway.webhooks.endpoints import EndpointId
from services.gateway.webhooks.schemas import CARRIED, NewEndpoint, SecretRotation
from shared.contracts.enums import DeliveryState, PayloadKind

router = APIRouter(prefix=PATH + "/clinics/{clinic_id}/webhooks", route_class=ConsoleRoute)

Act = Callable[[Parts, Tenant, str], object]
_ACTS: Final[dict[str, Act]] = {
    "enable": service.enable,
    "disable": lambda _parts, tenant, endpoint_id: service.disable(tenant, endpoint_id),
    "test": deliveries.send_test,
    "recover": lambda parts, tenant, endpoint_id: deliveries.recover(
        parts, tenant, endpoint_id, _since(deliveries.RECOVER_DAYS)
    ),
    "replay": lambda parts, tenant, endpoint_id: deliveries.replay_missing(
        parts, tenant, endpoint_id, _since(deliveries.REPLAY_DAYS)
    ),
}
_CHOICES: Final[dict[str, Any]] = {"payload": PayloadKind, "event_types": CARRIED, "state": DeliveryState}


def _since(days: int) -> Period:
    return Period(since=datetime.now(UTC) - timedelta(days=days))


def _to(clinic_id: str, rest: str = "") -> Response:
    return RedirectResponse(f"/console/clinics/{clinic_id}/webhooks{rest}", 303)


@router.get("")
def list_endpoints(clinic_id: ClinicId, operator: OperatorDep, parts: PartsDep) -> Response:
    endpoints = service.list_all(operator.tenant(clinic_id))
    clinic = clinics.clinic(parts.database, clinic_id)
    return page("webhooks.html", operator, clinic=clinic, endpoints=endpoints, choices=_CHOICES)


@router.post("")
async def create_endpoint(request: Request, clinic_id: ClinicId, operator: OperatorDep, parts: PartsDep) -> Response:
    """Make an endpoint, and show its secret on the one page that ever does."""
    form = await read_form(request, operator)
    said = {name: form.one(name) for name in ("url", "description", "payload")}
    new = body_of(NewEndpoint, {**said, "event_types": form.every("event_types") or None})
    tenant = await run_in_threadpool(operator.tenant, clinic_id)
    made = await run_in_threadpool(service.create, parts, tenant, new)
    back = f"/console/clinics/{clinic_id}/webhooks/{made.id}"
    return page("secret.html", operator, 201, what="The endpoint's secret", secret=made.secret, back=back)


@router.get("/{endpoint_id}")
def show_endpoint(
    clinic_id: ClinicId,
    endpoint_id: EndpointId,
    operator: OperatorDep,
    parts: PartsDep,
    asked: Annotated[DeliveriesQuery, Query()],
) -> Response:
    tenant = operator.tenant(clinic_id)
    return page(
        "webhook.html",
        operator,
        clinic=clinics.clinic(parts.database, clinic_id),
        endpoint=service.find(tenant, endpoint_id),
        shown=deliveries.page(tenant, endpoint_id, asked),
        state=asked.state,
        choices=_CHOICES,
    )


@router.post("/{endpoint_id}/act/{act}")
async def act_on_endpoint(
    request: Request, clinic_id: ClinicId, endpoint_id: EndpointId, act: str, operator: OperatorDep, parts: PartsDep
) -> Response:
    await read_form(request, operator)
    if act not in _ACTS:
        raise NotFound("there is no such act")
    tenant = await run_in_threadpool(operator.tenant, clinic_id)
    await run_in_threadpool(_ACTS[act], parts, tenant, endpoint_id)
    return _to(clinic_id, f"/{endpoint_id}")


@router.post("/{endpoint_id}/rotate")
async def rotate_endpoint_secret(
    request: Request, clinic_id: ClinicId, endpoint_id: EndpointId, operator: OperatorDep, parts: PartsDep
) -> Response:
    """Give the endpoint another secret, and show it on the one page that ever does."""
    await read_form(request, operator)
    tenant = await run_in_threadpool(operator.tenant, clinic_id)
    made = await run_in_threadpool(service.rotate_secret, parts, tenant, endpoint_id, SecretRotation())
    back = f"/console/clinics/{clinic_id}/webhooks/{endpoint_id}"
    return page("secret.html", operator, 201, what="The endpoint's new secret", secret=made.secret, back=back)


@router.post("/{endpoint_id}/delete")
async def delete_endpoint(
    request: Request, clinic_id: ClinicId, endpoint_id: EndpointId, operator: OperatorDep
) -> Response:
    await read_form(request, operator)
    tenant = await run_in_threadpool(operator.tenant, clinic_id)
    await run_in_threadpool(service.remove, tenant, endpoint_id)
    return _to(clinic_id)


@router.get("/deliveries/{delivery_id}")
def show_delivery(clinic_id: ClinicId, delivery_id: DeliveryId, operator: OperatorDep, parts: PartsDep) -> Response:
    delivery = deliveries.find(operator.tenant(clinic_id), delivery_id)
    return page("delivery.html", operator, clinic=clinics.clinic(parts.database, clinic_id), delivery=delivery)


@router.post("/deliveries/{delivery_id}/redeliver")
async def redeliver(
    request: Request, clinic_id: ClinicId, delivery_id: DeliveryId, operator: OperatorDep, parts: PartsDep
) -> Response:
    await read_form(request, operator)
    tenant = await run_in_threadpool(operator.tenant, clinic_id)
    await run_in_threadpool(deliveries.redeliver, parts, tenant, delivery_id)
    return _to(clinic_id, f"/deliveries/{delivery_id}")
