"""How the console answers when something is not as it should be: with a page; who is not signed in, with the way in."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from services.gateway.console.cookie import PATH
from services.gateway.console.pages import page
from services.gateway.http_errors import TABLE
from services.gateway.refusals import BacklogFull, FieldProblem, RateLimited, Unauthenticated, ValidationFailed
from shared.errors import LesionlensError

SIGN_IN: Final = f"{PATH}/sign-in"
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ConsoleRoute(APIRoute):
    """A route whose refusals are pages. What is unexpected goes on to the middleware, as everywhere."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Unauthenticated:
                return _to_sign_in(request)
            except RequestValidationError as error:
                return refused(request, _misfit(error))
            except LesionlensError as error:
                if error.code not in TABLE or error.code == "internal_error":
                    raise
                return refused(request, error)

        return handled


def _misfit(error: RequestValidationError) -> ValidationFailed:
    found = [FieldProblem(tuple(map(str, item["loc"])), item["type"], item["msg"]) for item in error.errors()]
    return ValidationFailed("the address does not fit", found)


def _to_sign_in(request: Request) -> Response:
    """303 (RFC 9110): the browser asks for the page anew, whatever it sent. A part of a page gets 401 instead."""
    if request.method == "GET" and request.headers.get("sec-fetch-dest", "document") != "document":
        return Response(status_code=401)
    return RedirectResponse(SIGN_IN, 303)


def refused(request: Request, error: LesionlensError) -> Response:
    """Return the page of a refusal, with the words and the status that the API has for it."""
    row = TABLE[error.code]
    problems = error.problems if isinstance(error, ValidationFailed) else []
    answer = page(
        "refused.html",
        None,
        row.status,
        title=row.title,
        detail=str(error),
        problems=problems,
        request_id=request.state.request_id,
    )
    wait = error.retry_after_s if isinstance(error, BacklogFull | RateLimited) else row.retry_after_s
    if wait is not None:
        answer.headers["Retry-After"] = str(wait)
    return answer
