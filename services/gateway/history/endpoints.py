"""Routes that list cases."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from services.gateway import paging
from services.gateway.cases import service
from services.gateway.cases.repository import CaseRow
from services.gateway.cases.schemas import CasePage
from services.gateway.clinics.auth import ReaderDep
from services.gateway.clinics.tenant import Tenant
from services.gateway.dependencies import PartsDep
from services.gateway.history import repository
from services.gateway.history.schemas import HistoryQuery, LineQuery, Order
from services.gateway.http_errors import declared
from services.gateway.parts import Parts
from shared.contracts.access import AccessAction
from shared.db.access_log import Access

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
    asked = asked.within(tenant.subject_ref)
    timed = asked.order is not Order.ACCEPTED
    query = paging.Query("cases", asked.filters(), timed=timed)
    behind = None if asked.cursor is None else query.decode(asked.cursor)
    with tenant.transaction() as session:
        rows = repository.page(session, tenant.clinic_id, asked, behind)
        tenant.record(session, _listed("history", rows, asked.limit))
    following = None
    if len(rows) > asked.limit:
        following = query.encode(repository.position_in_history(rows[asked.limit - 1], asked.order))
    return _answer(request, tenant, parts, rows[: asked.limit], following)


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
        rows = repository.line(session, tenant, lesion_ref, limit=asked.limit + 1, behind=behind)
        tenant.record(session, _listed("lesion", rows, asked.limit))
    following = None
    if len(rows) > asked.limit:
        following = query.encode(repository.position_in_line(rows[asked.limit - 1]))
    return _answer(request, tenant, parts, rows[: asked.limit], following)


def _listed(part: str, rows: list[CaseRow], limit: int) -> Access:
    """One row for a page: how many cases it showed, and nothing of what was asked for."""
    return Access(AccessAction.CASES_LISTED, part=part, count=min(len(rows), limit))


def _answer(request: Request, tenant: Tenant, parts: Parts, rows: list[CaseRow], following: str | None) -> Response:
    queue = parts.backlog.snapshot()
    page = CasePage(items=[service.tell(row, queue, tenant) for row in rows], next_cursor=following)
    headers = dict(_PRIVATE)
    if following is not None:
        headers["Link"] = paging.link_to_next(request.url.path, request.url.query, following)
    return JSONResponse(page.model_dump(mode="json"), headers=headers)
