"""The way in and the way out."""

from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from services.gateway.clinics.auth import visit_of, visitor_of
from services.gateway.clinics.key_ring import KeyRing
from services.gateway.console import cookie, service
from services.gateway.console.forms import read_form, receive
from services.gateway.console.gate import OperatorDep, from_our_page
from services.gateway.console.pages import page
from services.gateway.console.route import SIGN_IN, ConsoleRoute
from services.gateway.dependencies import PartsDep
from services.gateway.limits.service import Limiter
from services.gateway.parts import Parts
from services.gateway.refusals import Forbidden, Unauthenticated

router = APIRouter(prefix=cookie.PATH, route_class=ConsoleRoute)

_REFUSED: Final = "That is no key of an operator that counts."


@router.get("/sign-in")
def sign_in_page() -> Response:
    return page("sign_in.html", None, problem=None)


@router.post("/sign-in")
async def sign_in(request: Request, parts: PartsDep) -> Response:
    from_our_page(request)
    key = (await receive(request)).one("key") or ""
    try:
        made = await _checked(request, parts, key)
    except (Unauthenticated, Forbidden):
        return page("sign_in.html", None, 401, problem=_REFUSED)
    answer = RedirectResponse(cookie.PATH, 303)
    seconds = int((made.expires_at - datetime.now(UTC)).total_seconds())
    cookie.keep(request, answer, made.token, seconds, parts.settings.trusted_proxy_hops)
    return answer


async def _checked(request: Request, parts: Parts, key: str) -> service.SignedIn:
    """Try the key, as often as an address may try keys."""
    keys: KeyRing = request.app.state.keys
    limiter: Limiter = request.app.state.limiter
    visit = visit_of(request)
    await limiter.admit_stranger(visit)
    try:
        return await run_in_threadpool(service.sign_in, parts.database, keys, key, visitor_of(request))
    except (Unauthenticated, Forbidden):
        await limiter.note_failure(visit)
        raise


@router.post("/sign-out")
async def sign_out(request: Request, operator: OperatorDep, parts: PartsDep) -> Response:
    await read_form(request, operator)
    await run_in_threadpool(service.sign_out, operator, request.cookies[cookie.NAME])
    answer = RedirectResponse(SIGN_IN, 303)
    cookie.forget(request, answer, parts.settings.trusted_proxy_hops)
    return answer
