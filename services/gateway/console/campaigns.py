"""Campaigns: plan, look at the plan, start, follow, read the report, publish, take back."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, StreamingResponse

from services.gateway.clinics import service as clinics
from services.gateway.clinics.tenant import Reach
from services.gateway.console.cookie import PATH
from services.gateway.console.forms import Form, body_of, read_form
from services.gateway.console.gate import OperatorDep
from services.gateway.console.operator import Operator
from services.gateway.console.pages import page
from services.gateway.console.route import ConsoleRoute
from services.gateway.dependencies import PartsDep
from services.gateway.models import service as models
from services.gateway.refusals import NotFound
from services.gateway.reruns import promotion, report_page, reporting, service
from services.gateway.reruns.endpoints import RerunId
from services.gateway.reruns.schemas import (
    NewPlan,
    Promote,
    PromoteScope,
    RerunBody,
    RerunOrder,
    RollBack,
    StartRerun,
)
from shared.contracts.enums import Decision, LesionClass, Reprocess, RerunState

router = APIRouter(prefix=f"{PATH}/campaigns", route_class=ConsoleRoute)

_PAGE: Final = 30
_MOST: Final = 100
_MOVES: Final[dict[str, Callable[[Reach, str], RerunBody]]] = {
    "pause": service.pause,
    "resume": service.resume,
    "cancel": service.cancel,
}
_AT_WORK: Final = frozenset({RerunState.PLANNING, RerunState.RUNNING, RerunState.CANCELING, RerunState.PAUSED})
_CHOICES: Final[dict[str, Any]] = {
    "decision": Decision,
    "label": LesionClass,
    "reprocess": Reprocess,
    "order": RerunOrder,
    "scope": [PromoteScope.ALL, PromoteScope.AGREEING],
}


def _to(rerun_id: str) -> Response:
    return RedirectResponse(f"/console/campaigns/{rerun_id}", 303)


@router.get("")
def list_campaigns(
    operator: OperatorDep, parts: PartsDep, cursor: Annotated[str | None, Query(max_length=200)] = None
) -> Response:
    return page(
        "campaigns.html",
        operator,
        shown=service.page(operator.reach, _PAGE, cursor),
        models=models.page(parts.database, _MOST).items,
        clinics=clinics.page(parts.database, _MOST).items,
        choices=_CHOICES,
    )


@router.post("")
async def plan_campaign(request: Request, operator: OperatorDep) -> Response:
    """Write a plan down; nothing is run before it was looked at and started."""
    asked = _plan_of(await read_form(request, operator))
    made = await run_in_threadpool(service.make_plan, operator.reach, asked)
    return _to(made.id)


def _plan_of(form: Form) -> NewPlan:
    selector = {name: form.one(name) for name in ("clinic_id", "decision", "label", "model_version", "sample")}
    said = {name: form.one(name) for name in ("target_model", "reprocess", "order", "max_active", "max_flip_ratio")}
    return body_of(
        NewPlan,
        {
            **said,
            "selector": {name: value for name, value in selector.items() if value is not None},
            "stop_when": {} if form.one("failure_ratio") is None else {"failure_ratio": form.one("failure_ratio")},
            "auto_promote": form.one("auto_promote") is not None,
        },
    )


@router.get("/{rerun_id}")
def show_campaign(rerun_id: RerunId, operator: OperatorDep) -> Response:
    return page("campaign.html", operator, **_shown(operator, rerun_id))


@router.get("/{rerun_id}/progress")
def show_progress(rerun_id: RerunId, operator: OperatorDep) -> Response:
    """Answer with the part of the page that is asked for again while the campaign is at work."""
    return page("progress.html", operator, **_shown(operator, rerun_id))


def _shown(operator: Operator, rerun_id: str) -> dict[str, Any]:
    rerun = service.read(operator.reach, rerun_id)
    return {"rerun": rerun, "at_work": rerun.state in _AT_WORK, "choices": _CHOICES}


@router.post("/{rerun_id}/start")
async def start_campaign(request: Request, rerun_id: RerunId, operator: OperatorDep) -> Response:
    """Start the plan that was on the page: with another digest it is refused."""
    form = await read_form(request, operator)
    asked = body_of(StartRerun, {"plan_id": rerun_id, "digest": form.needed("digest")})
    await run_in_threadpool(service.start, operator.reach, asked)
    return _to(rerun_id)


@router.post("/{rerun_id}/move/{move}")
async def move_campaign(request: Request, rerun_id: RerunId, move: str, operator: OperatorDep) -> Response:
    await read_form(request, operator)
    if move not in _MOVES:
        raise NotFound("there is no such move")
    await run_in_threadpool(_MOVES[move], operator.reach, rerun_id)
    return _to(rerun_id)


@router.post("/{rerun_id}/promote")
async def promote_campaign(request: Request, rerun_id: RerunId, operator: OperatorDep, parts: PartsDep) -> Response:
    form = await read_form(request, operator)
    asked = body_of(Promote, {"scope": form.one("scope"), "max_flip_ratio": form.one("max_flip_ratio")})
    await run_in_threadpool(promotion.promote, operator.reach, parts.doorbell, rerun_id, asked)
    return _to(rerun_id)


@router.post("/{rerun_id}/rollback")
async def roll_back_campaign(request: Request, rerun_id: RerunId, operator: OperatorDep, parts: PartsDep) -> Response:
    await read_form(request, operator)
    await run_in_threadpool(promotion.roll_back, operator.reach, parts.doorbell, rerun_id, RollBack())
    return _to(rerun_id)


@router.get("/{rerun_id}/report")
def show_report(rerun_id: RerunId, operator: OperatorDep, parts: PartsDep) -> Response:
    pieces = reporting.page(operator.reach, parts.store, rerun_id)
    headers = {"Content-Security-Policy": report_page.POLICY}
    return StreamingResponse(pieces, media_type="text/html", headers=headers)


@router.get("/{rerun_id}/report.csv")
def download_report(rerun_id: RerunId, operator: OperatorDep) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{rerun_id}.csv"'}
    return StreamingResponse(reporting.lines(operator.reach, rerun_id), media_type="text/csv", headers=headers)
