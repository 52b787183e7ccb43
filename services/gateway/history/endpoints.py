"""Routes that list cases."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from services.gateway import paging
from services.gateway.cases.schemas import CasePage
from services.gateway.clinics.auth import ReaderDep
from services.gateway.dependencies import PartsDep
from services.gateway.history import service
from services.gateway.history.schemas import HistoryQuery, LineQuery
from services.gateway.http_errors import declared

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
    return _answer(request, service.history(tenant, parts, asked))


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
    return _answer(request, service.line(tenant, parts, lesion_ref, asked))


def _answer(request: Request, page: CasePage) -> Response:
    headers = dict(_PRIVATE)
    if page.next_cursor is not None:
        headers["Link"] = paging.link_to_next(request.url.path, request.url.query, page.next_cursor)
    return JSONResponse(page.model_dump(mode="json"), headers=headers)
