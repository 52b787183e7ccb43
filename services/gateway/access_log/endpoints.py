"""The operator's route to the access log. Reading it is told to it, too."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from services.gateway import paging
from services.gateway.access_log import repository
from services.gateway.access_log.schemas import AccessLine, AccessPage, AccessQuery
from services.gateway.clinics.auth import OperatorDep, OriginDep
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
from shared.contracts.access import AccessAction
from shared.db.access_log import Access, record_access

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
    query = paging.Query("access-log", asked.filters(), ids=None, timed=True)
    behind = None if asked.cursor is None else query.decode(asked.cursor)
    with parts.database.transaction(operator=True) as session:
        rows = repository.page(session, asked, behind)
        shown = rows[: asked.limit]
        record_access(session, by, Access(AccessAction.ACCESS_LOG_READ, case_id=asked.case_id, count=len(shown)))
    following = query.encode(paging.Position(str(shown[-1].id), shown[-1].at)) if len(rows) > asked.limit else None
    lines = [AccessLine.model_validate(row, from_attributes=True) for row in shown]
    page = AccessPage(items=lines, next_cursor=following)
    headers = {}
    if following is not None:
        headers["Link"] = paging.link_to_next(request.url.path, request.url.query, following)
    return JSONResponse(page.model_dump(mode="json"), headers=headers)
