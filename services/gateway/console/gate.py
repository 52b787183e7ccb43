"""Who may see a page: an operator whose session counts. Nothing here touches a body."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from services.gateway.clinics.auth import visit_of, visitor_of
from services.gateway.console import cookie, service
from services.gateway.console.operator import Operator
from services.gateway.dependencies import PartsDep
from services.gateway.limits.service import Allowance, Limiter, headers_of, refuse
from services.gateway.refusals import Forbidden

# What a page asks for by itself, again and again, keeps nobody signed in.
_BY_ITSELF: Final = "X-Console-Live"
_OURS: Final = frozenset({"same-origin", "none"})


async def signed_in(request: Request, parts: PartsDep) -> Operator:
    """Return the operator. Raises Unauthenticated, RateLimited, DatabaseUnavailable."""
    limiter: Limiter = request.app.state.limiter
    token, uses = request.cookies.get(cookie.NAME), _BY_ITSELF not in request.headers
    visitor = visitor_of(request)
    operator = await run_in_threadpool(service.signed_in, parts.database, parts.reads, token, visitor, uses=uses)
    levels = await limiter.charge(visit_of(request), Allowance(operator.key_id, None, None))
    request.state.rate_limit = headers_of(levels)
    refuse(levels)
    return operator


def from_our_page(request: Request) -> None:
    """Let through what a page of ours sent, as browsers say (Fetch Metadata, W3C). Raises Forbidden.

    One that says nothing is no browser of today; the word of the form stands behind this.
    """
    if request.headers.get("sec-fetch-site", "none") not in _OURS:
        raise Forbidden("this form was sent by another site")


OperatorDep = Annotated[Operator, Depends(signed_in)]
