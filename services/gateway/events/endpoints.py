"""The route that tells what happened to a case: as a list, or as it happens."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse

from services.gateway.cases.endpoints import CaseId
from services.gateway.clinics.auth import ReaderDep
from services.gateway.dependencies import PartsDep
from services.gateway.events import service
from services.gateway.events.schemas import EventPage
from services.gateway.events.stream import PAGE, EventStream
from services.gateway.http_errors import declared

router = APIRouter(prefix="/v1/cases", tags=["cases"])

_STREAM: Final = "text/event-stream"
_PRIVATE: Final = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Accept"}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A page of events or, with `Accept: text/event-stream`, the stream of them",
        "content": {_STREAM: {"schema": {"type": "string"}}},
    },
    **declared(
        "unauthenticated",
        "forbidden",
        "not_found",
        "case_erased",
        "validation",
        "database_unavailable",
        "internal_error",
    ),
}


@router.get(
    "/{case_id}/events",
    operation_id="list_events",
    response_model=EventPage,
    responses=_ANSWERS,
    summary="What happened to a case, oldest first",
)
async def list_events(
    request: Request,
    case_id: CaseId,
    tenant: ReaderDep,
    parts: PartsDep,
    *,
    after_version: Annotated[int, Query(ge=0, le=2**31 - 1, description="Events beyond this version only")] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE, description="Most events in one answer; not for streams")] = PAGE,
    accept: Annotated[str, Header(description="`text/event-stream` for a stream")] = "application/json",
    last_event_id: Annotated[
        int | None,
        Header(ge=0, le=2**31 - 1, description="The last version that a stream told; before `after_version`"),
    ] = None,
) -> Response:
    """Answer with a page, or with a stream that tells each further event as it happens.

    In a stream `id` is the version, `event` the type and `data` the event as in a page. Comments keep it open.
    """
    if _STREAM not in accept.lower():
        page = await run_in_threadpool(service.page, tenant, case_id, after_version, limit)
        return JSONResponse(page.model_dump(mode="json"), headers=_PRIVATE)
    seen = after_version if last_event_id is None else last_event_id
    first = await run_in_threadpool(service.page, tenant, case_id, seen, PAGE)
    pieces = EventStream(request, tenant, parts, case_id).text(first, seen)
    return StreamingResponse(pieces, media_type=_STREAM, headers={**_PRIVATE, "X-Accel-Buffering": "no"})
