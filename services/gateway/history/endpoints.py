"""Routes that list cases."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from services.gateway import paging
from services.gateway.cases import service
from services.gateway.cases.repository import CaseRow
from services.gateway.cases.schemas import CasePage
from services.gateway.clinics.auth import ReaderDep
from services.gateway.dependencies import PartsDep
from services.gateway.history import repository
from services.gateway.history.schemas import HistoryQuery, LineQuery, Order
from services.gateway.http_errors import declared
from services.gateway.parts import Parts

router = APIRouter(prefix="/v1", tags=["cases"])

_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
_READ = ("unauthenticated", "forbidden", "validation", "database_unavailable", "internal_error")
_LINK = {"Link": {"description": 'The next page, as `rel="next"`; absent on the last', "schema": {"type": "string"}}}
LesionRef = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,64}$", examples=["left-shoulder-1"])]


@router.get(
    "/cases",
    operation_id="list_cases",
    response_model=CasePage,
    responses={200: {"headers": _LINK}, **declared(*_READ)},
    summary="The clinic's cases, newest first",
)
def list_cases(
    request: Request, tenant: ReaderDep, parts: PartsDep, asked: Annotated[HistoryQuery, Query()]
) -> Response:
    """Filters narrow together. With `updated_after` or `updated_before` the last changed case comes first."""
    timed = asked.order is not Order.ACCEPTED
    query = paging.Query("cases", asked.filters(), timed=timed)
    behind = None if asked.cursor is None else query.decode(asked.cursor)
    with tenant.transaction() as session:
        rows = repository.page(session, tenant.clinic_id, asked, behind)
    following = None
    if len(rows) > asked.limit:
        following = query.encode(repository.position_in_history(rows[asked.limit - 1], asked.order))
    return _answer(request, parts, rows[: asked.limit], following)


@router.get(
    "/lesions/{lesion_ref}/cases",
    operation_id="list_lesion_cases",
    response_model=CasePage,
    responses={200: {"headers": _LINK}, **declared(*_READ)},
    summary="One lesion through time, oldest first",
)
def list_lesion_cases(
    request: Request, lesion_ref: LesionRef, tenant: ReaderDep, parts: PartsDep, asked: Annotated[LineQuery, Query()]
) -> Response:
    """Sorted by `captured_at`, or by `created_at` where nobody said when. A lesion that no case names has no cases."""
    query = paging.Query("lesion", {"lesion_ref": lesion_ref}, timed=True)
    behind = None if asked.cursor is None else query.decode(asked.cursor)
    with tenant.transaction() as session:
        rows = repository.line(session, tenant.clinic_id, lesion_ref, limit=asked.limit + 1, behind=behind)
    following = None
    if len(rows) > asked.limit:
        following = query.encode(repository.position_in_line(rows[asked.limit - 1]))
    return _answer(request, parts, rows[: asked.limit], following)


def _answer(request: Request, parts: Parts, rows: list[CaseRow], following: str | None) -> Response:
    queue = parts.backlog.snapshot()
    page = CasePage(items=[service.tell(row, queue) for row in rows], next_cursor=following)
    headers = dict(_PRIVATE)
    if following is not None:
        headers["Link"] = paging.link_to_next(request.url.path, request.url.query, following)
    return JSONResponse(page.model_dump(mode="json"), headers=headers)
