"""The registry of models: which one new photos go to, and which it was before."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, StreamingResponse

from services.gateway.console.cookie import PATH
from services.gateway.console.forms import read_form
from services.gateway.console.gate import OperatorDep
from services.gateway.console.pages import page
from services.gateway.console.route import ConsoleRoute
from services.gateway.dependencies import PartsDep
from services.gateway.models import service
from services.gateway.models.endpoints import ModelId

router = APIRouter(prefix=f"{PATH}/models", route_class=ConsoleRoute)

_MOST = 100


@router.get("")
def list_models(operator: OperatorDep, parts: PartsDep) -> Response:
    return page("models.html", operator, models=service.page(parts.database, _MOST).items)


@router.get("/{model_id}")
def show_model(model_id: ModelId, operator: OperatorDep, parts: PartsDep) -> Response:
    told = service.read(parts.database, model_id)
    return page("model.html", operator, model=told.body, tag=told.tag)


@router.get("/{model_id}/card")
def show_card(model_id: ModelId, operator: OperatorDep, parts: PartsDep) -> Response:  # noqa: ARG001 - the lock
    return StreamingResponse(service.card(parts, model_id), media_type="text/plain; charset=utf-8")


@router.post("/{model_id}/activate")
async def activate_model(request: Request, model_id: ModelId, operator: OperatorDep, parts: PartsDep) -> Response:
    """Give new photos to it, if the registry is still as it was on the page."""
    form = await read_form(request, operator)
    tag = form.needed("tag")
    await run_in_threadpool(service.activate, parts.database, model_id, tag, operator.origin)
    return RedirectResponse(f"/console/models/{model_id}", 303)


@router.post("/{model_id}/retire")
async def retire_model(request: Request, model_id: ModelId, operator: OperatorDep, parts: PartsDep) -> Response:
    await read_form(request, operator)
    await run_in_threadpool(service.retire, parts.database, model_id, operator.origin)
    return RedirectResponse(f"/console/models/{model_id}", 303)
