"""Whether the record adds up, and who did what."""

from fastapi import APIRouter, Request, Response

from services.gateway.access_log import service as access_log
from services.gateway.access_log.schemas import AccessQuery
from services.gateway.audit import service as audit
from services.gateway.console.cookie import PATH
from services.gateway.console.forms import body_of
from services.gateway.console.gate import OperatorDep
from services.gateway.console.pages import page
from services.gateway.console.route import ConsoleRoute
from services.gateway.dependencies import PartsDep

router = APIRouter(prefix=PATH, route_class=ConsoleRoute)


@router.get("/audit")
def show_audit(operator: OperatorDep, parts: PartsDep) -> Response:
    return page("audit.html", operator, audit=audit.audit(parts.database))


@router.get("/access-log")
def show_access_log(request: Request, operator: OperatorDep, parts: PartsDep) -> Response:
    asked = body_of(AccessQuery, {name: value or None for name, value in request.query_params.items()})
    shown = access_log.page(parts.database, operator.origin, asked)
    return page("access_log.html", operator, asked=asked, shown=shown)
