"""Routes that plan campaigns, start them, move them and say how far they have come."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from services.gateway import paging
from services.gateway.cases.endpoints import CaseId
from services.gateway.clinics.auth import CampaignerDep
from services.gateway.http_errors import declared
from services.gateway.json_body import JSON_REFUSALS, described, read_json
from services.gateway.reruns import service, single
from services.gateway.reruns.schemas import NewPlan, PlanBody, RerunBody, RerunCase, RerunPage, StartRerun
from shared.contracts.ids import IdPrefix, id_pattern

router = APIRouter(prefix="/v1", tags=["reruns"])

RerunId = Annotated[str, Path(pattern=id_pattern(IdPrefix.RERUN), examples=["rrn_06f3k1qv2n7xw8m4t9zc5hd0ra"])]
# Ten thousand ids of cases.
BODY_LIMIT: Final = 512 * 1024
READ: Final = ("unauthenticated", "forbidden", "database_unavailable", "internal_error")
FIND: Final = (*READ, "validation", "not_found")
_LOCATION: Final = {"Location": {"description": "Path of the campaign", "schema": {"type": "string"}}}
_LINK: Final = {
    "Link": {"description": 'The next page, as `rel="next"`; absent on the last', "schema": {"type": "string"}}
}


@router.post(
    "/reruns/plan",
    operation_id="plan_rerun",
    status_code=201,
    response_model=PlanBody,
    responses={
        201: {"headers": _LOCATION},
        **declared(*READ, *JSON_REFUSALS, "unknown_model", "empty_selection"),
    },
    openapi_extra=described(NewPlan),
    summary="Plan a campaign: its cases are written down, nothing is run",
)
async def plan_rerun(request: Request, reach: CampaignerDep) -> Response:
    """The plan counts for an hour. Cases that are not run are counted by the reason."""
    asked = await read_json(request, NewPlan, limit=BODY_LIMIT)
    made = await run_in_threadpool(service.make_plan, reach, asked)
    return JSONResponse(made.model_dump(mode="json"), 201, headers={"Location": f"/v1/reruns/{made.id}"})


@router.post(
    "/reruns",
    operation_id="start_rerun",
    status_code=202,
    response_model=RerunBody,
    responses={
        202: {"headers": _LOCATION},
        **declared(*READ, *JSON_REFUSALS, "not_found", "plan_stale", "plan_unfinished", "plan_expired"),
    },
    openapi_extra=described(StartRerun),
    summary="Start a plan",
)
async def start_rerun(request: Request, reach: CampaignerDep) -> Response:
    """Starting it again changes nothing."""
    asked = await read_json(request, StartRerun)
    return _accepted(await run_in_threadpool(service.start, reach, asked))


@router.get(
    "/reruns",
    operation_id="list_reruns",
    response_model=RerunPage,
    responses={200: {"headers": _LINK}, **declared(*READ, "validation")},
    summary="Campaigns and plans, newest first",
)
def list_reruns(
    request: Request,
    reach: CampaignerDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before")] = None,
) -> Response:
    page = service.page(reach, limit, cursor)
    headers = {}
    if page.next_cursor is not None:
        headers["Link"] = paging.link_to_next(request.url.path, request.url.query, page.next_cursor)
    return JSONResponse(page.model_dump(mode="json"), headers=headers)


@router.get(
    "/reruns/{rerun_id}",
    operation_id="get_rerun",
    responses=declared(*FIND),
    summary="One campaign, and how far it has come",
)
def get_rerun(rerun_id: RerunId, reach: CampaignerDep) -> RerunBody:
    return service.read(reach, rerun_id)


@router.post(
    "/reruns/{rerun_id}/pause",
    operation_id="pause_rerun",
    responses=declared(*FIND, "not_running", "already_terminal"),
    summary="Stop feeding a campaign",
)
def pause_rerun(rerun_id: RerunId, reach: CampaignerDep) -> RerunBody:
    """What is at work ends; what waits is taken back until the campaign goes on."""
    return service.pause(reach, rerun_id)


@router.post(
    "/reruns/{rerun_id}/resume",
    operation_id="resume_rerun",
    responses=declared(*FIND, "not_running", "already_terminal"),
    summary="Let a paused campaign go on",
)
def resume_rerun(rerun_id: RerunId, reach: CampaignerDep) -> RerunBody:
    return service.resume(reach, rerun_id)


@router.post(
    "/reruns/{rerun_id}/cancel",
    operation_id="cancel_rerun",
    responses=declared(*FIND, "not_running", "already_terminal"),
    summary="Call a campaign off",
)
def cancel_rerun(rerun_id: RerunId, reach: CampaignerDep) -> RerunBody:
    """What waits is canceled; what is at work ends, and its results are never published."""
    return service.cancel(reach, rerun_id)


@router.post(
    "/cases/{case_id}/rerun",
    operation_id="rerun_case",
    status_code=202,
    response_model=RerunBody,
    responses={
        202: {"headers": _LOCATION},
        **declared(*READ, *JSON_REFUSALS, "not_found", "unknown_model", "no_active_model"),
        **declared("case_canceled", "case_erased", "case_open", "consent_withdrawn", "image_missing", "run_in_flight"),
    },
    openapi_extra=described(RerunCase, required=False),
    summary="Run one case again: a campaign of one, started at once",
)
async def rerun_case(request: Request, case_id: CaseId, reach: CampaignerDep) -> Response:
    """On the active model, or on the one that is named. A case that failed or expired is repaired by it."""
    asked = await read_json(request, RerunCase, required=False)
    return _accepted(await run_in_threadpool(single.rerun_case, reach, case_id, asked))


def _accepted(body: RerunBody) -> Response:
    return JSONResponse(body.model_dump(mode="json"), 202, headers={"Location": f"/v1/reruns/{body.id}"})
