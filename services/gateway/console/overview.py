"""The first page: what waits, who works on it, how fast, and what needs somebody."""

from fastapi import APIRouter, Response

from services.gateway.console.cookie import PATH
from services.gateway.console.gate import OperatorDep
from services.gateway.console.now import now_of
from services.gateway.console.pages import page
from services.gateway.console.route import ConsoleRoute
from services.gateway.dependencies import PartsDep

router = APIRouter(prefix=PATH, route_class=ConsoleRoute)


@router.get("")
def overview(operator: OperatorDep, parts: PartsDep) -> Response:
    return page("overview.html", operator, now=now_of(parts))


@router.get("/now")
def overview_now(operator: OperatorDep, parts: PartsDep) -> Response:
    """Answer with the part of the page that is asked for again every few seconds."""
    return page("now.html", operator, now=now_of(parts))
