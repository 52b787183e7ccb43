"""Routes that publish a campaign's results, and take that back."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from services.gateway.clinics.auth import CampaignerDep
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
from services.gateway.json_body import JSON_REFUSALS, described, read_json
from services.gateway.reruns import promotion
from services.gateway.reruns.endpoints import BODY_LIMIT, READ, RerunId
from services.gateway.reruns.schemas import Promote, Promoted, RollBack, RolledBack

router = APIRouter(prefix="/v1/reruns/{rerun_id}", tags=["reruns"])

_MAY_ANSWER: Final = (
    *READ,
    *JSON_REFUSALS,
    "not_found",
    "not_finished",
    "promotion_conflict",
    "promotion_in_flight",
)


@router.post(
    "/promote",
    operation_id="promote_rerun",
    responses=declared(*_MAY_ANSWER, "flip_ratio_exceeded"),
    openapi_extra=described(Promote),
    summary="Publish the results of a finished campaign",
)
async def promote_rerun(request: Request, rerun_id: RerunId, reach: CampaignerDep, parts: PartsDep) -> Promoted:
    """Each case by compare-and-set, a hundred in a transaction: asked again after an error, it goes on."""
    asked = await read_json(request, Promote, limit=BODY_LIMIT)
    return await run_in_threadpool(promotion.promote, reach, parts.doorbell, rerun_id, asked)


@router.post(
    "/rollback",
    operation_id="roll_back_rerun",
    responses=declared(*_MAY_ANSWER),
    openapi_extra=described(RollBack, required=False),
    summary="Restore what cases published before the campaign, and their states",
)
async def roll_back_rerun(request: Request, rerun_id: RerunId, reach: CampaignerDep, parts: PartsDep) -> RolledBack:
    asked = await read_json(request, RollBack, required=False, limit=BODY_LIMIT)
    return await run_in_threadpool(promotion.roll_back, reach, parts.doorbell, rerun_id, asked)
