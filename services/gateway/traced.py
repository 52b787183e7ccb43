"""A span for each request, named by the route's template; nothing that a caller sent stands in it.

Each request begins a trace of its own: what a stranger's `traceparent` says decides neither what is kept nor with whose
trace it is joined. https://opentelemetry.io/docs/specs/semconv/http/http-spans/ has the names.
"""

from typing import Final

import structlog
from opentelemetry.trace import Span, SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.observability.tracing import Tracing, failed

_ASKED_BY_MACHINES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_SERVER_ERRORS: Final = 500


class Traced:
    """Inside of `RequestContext`, whose log line then names the trace."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _ASKED_BY_MACHINES:
            await self._app(scope, receive, send)
            return

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                _answered(span, message["status"])
            await send(message)

        with self._tracing.span(
            scope["method"], kind=SpanKind.SERVER, attributes={"http.request.method": scope["method"]}
        ) as span:
            _say_in_the_log(span)
            try:
                await self._app(scope, receive, noted)
            finally:
                _name(span, scope)


def _say_in_the_log(span: Span) -> None:
    context = span.get_span_context()
    if context.trace_flags.sampled:
        structlog.contextvars.bind_contextvars(trace_id=f"{context.trace_id:032x}")


def _answered(span: Span, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    if status >= _SERVER_ERRORS:
        failed(span, str(status))


def _name(span: Span, scope: Scope) -> None:
    span.set_attribute("lesionlens.request_id", scope["state"]["request_id"])
    template = getattr(scope.get("route"), "path", None)
    if template is not None:
        span.update_name(f"{scope['method']} {template}")
        span.set_attribute("http.route", template)
