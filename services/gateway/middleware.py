"""What surrounds every request: an id, one log line, security headers, and an answer when something unexpected breaks.

Plain ASGI: it neither buffers bodies nor reads them. It logs the route's template, never a path, a query or a name.
"""

import secrets
import time
import traceback
from pathlib import Path
from typing import Any, Final

import structlog
from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.headers import ALWAYS, NOTHING
from services.gateway.http_errors import problem
from shared.observability.logging import get_logger

_log = get_logger(__name__)

# Nobody is there to read it; the log line says that the caller left.
_CLIENT_GONE: Final = 499
_QUIET_ROUTES: Final = frozenset({"/healthz", "/readyz"})


class RequestContext:
    """The outermost layer of ours.

    Whoever sits inside finds `request.state.request_id`, and leaves in `request.state.waited_s` how long it waited for
    something to happen.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=exchange.request_id)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except ClientDisconnect:
            exchange.status = _CLIENT_GONE
        except Exception as error:  # noqa: BLE001  # the last catch before the server; nothing may leak from it
            await exchange.answer_unexpected(error)
        finally:
            exchange.log()


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.request_id = f"req_{secrets.token_hex(12)}"
        self._scope = scope
        self._receive = receive
        self._send = send
        self.status = 0
        self._started_at = time.perf_counter()
        self._body_open = _announces_body(scope)
        self._state: dict[str, Any] = scope.setdefault("state", {})
        self._state["request_id"] = self.request_id

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self._body_open = False
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._add_headers(MutableHeaders(scope=message))
        await self._send(message)

    def _add_headers(self, headers: MutableHeaders) -> None:
        headers["X-Request-Id"] = self.request_id
        headers.update(self._scope["state"].get("rate_limit", {}))
        for name, value in ALWAYS.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", NOTHING)
        headers.setdefault("Cache-Control", "no-store")
        if self._body_open:
            # We answer before the body is over: what still comes is nobody's, so the connection cannot be used again.
            headers["Connection"] = "close"

    async def answer_unexpected(self, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        # Type and places only: messages of database drivers repeat the values of the row.
        _log.error(
            "unexpected_error",
            error=f"{type(error).__module__}.{type(error).__qualname__}",
            places=[f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno}" for frame in frames[-12:]],
        )
        if self.status:
            # The answer is on its way; only a broken connection can still say that it is not whole.
            raise ConnectionAbortedError from None
        request = Request(self._scope)
        answer = problem(request, "internal_error", "the request could not be finished; nothing was accepted")
        await answer(self._scope, self.receive, self.send)

    def log(self) -> None:
        template = getattr(self._scope.get("route"), "path", None)
        if template in _QUIET_ROUTES and self.status < 400:  # noqa: PLR2004
            return
        # Time that the caller asked us to wait is no time of work.
        waited_s = self._state.get("waited_s")
        work_s = time.perf_counter() - self._started_at - (waited_s or 0.0)
        _log.info(
            "request",
            method=self._scope["method"],
            route=template or "unmatched",
            status=self.status,
            ms=round(work_s * 1000, 1),
            **({} if waited_s is None else {"waited_ms": round(waited_s * 1000, 1)}),
        )


def _announces_body(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") not in {b"0", b""}
