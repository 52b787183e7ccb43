"""The operator's route to the access log."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from services.gateway import paging
from services.gateway.access_log import service
from services.gateway.access_log.schemas import AccessPage, AccessQuery
from services.gateway.clinics.auth import OperatorDep, OriginDep
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared

router = APIRouter(prefix="/v1/access-log", tags=["operation"])

_LINK: Final = {
    "Link": {"description": 'The next page, as `rel="next"`; absent on the last', "schema": {"type": "string"}}
}


@router.get(
    "",
    operation_id="list_access_log",
    response_model=AccessPage,
    responses={
        200: {"headers": _LINK},
        **declared("unauthenticated", "forbidden", "validation", "database_unavailable", "internal_error"),
    },
    summary="Who did what, from where and when, newest first",
)
def list_access_log(
    request: Request, _: OperatorDep, by: OriginDep, parts: PartsDep, asked: Annotated[AccessQuery, Query()]
) -> Response:
    page = service.page(parts.database, by, asked)
    headers = {}
    if page.next_cursor is not None:
        headers["Link"] = paging.link_to_next(request.url.path, request.url.query, page.next_cursor)
    return JSONResponse(page.model_dump(mode="json"), headers=headers)
