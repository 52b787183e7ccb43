"""The route that hands out forms for direct uploads."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from services.gateway.clinics.auth import WriterDep
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
from services.gateway.json_body import JSON_REFUSALS, described, read_json
from services.gateway.uploads import service
from services.gateway.uploads.schemas import NewUpload, UploadBody

router = APIRouter(prefix="/v1/uploads", tags=["cases"])

_REFUSALS = ("unauthenticated", "forbidden", "direct_upload_off", "database_unavailable", "internal_error")


@router.post(
    "",
    operation_id="create_upload",
    status_code=201,
    response_model=UploadBody,
    responses=declared(*_REFUSALS, *JSON_REFUSALS),
    openapi_extra=described(NewUpload),
    summary="Ask for a form with which a photo goes straight to the store",
)
async def create_upload(request: Request, tenant: WriterDep, parts: PartsDep) -> Response:
    """Then submit the case with `upload_id` as JSON. An upload becomes one case; one that is not used is deleted."""
    new = await read_json(request, NewUpload)
    body = await run_in_threadpool(service.offer, parts, tenant, new)
    return JSONResponse(body.model_dump(mode="json"), 201)
