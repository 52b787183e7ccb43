"""Spans after OpenTelemetry, sent to a collector by OTLP over HTTP; with no collector named they cost next to nothing.

Every span is made by our own code: what instruments libraries by itself puts paths, queries and object keys into spans,
and so a patient's reference. A span holds ids, codes, counts and times.

What joins the processes is one column of a run, the `traceparent` of W3C Trace Context
(https://www.w3.org/TR/trace-context/). Only traces that are kept have one, so whoever finds it records too.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import unquote

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, NoOpTracer, Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.settings import TraceSettings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

Attributes: TypeAlias = Mapping[str, str | int | float | bool]

_FIELD: Final = "traceparent"
_W3C: Final = TraceContextTextMapPropagator()
_BETWEEN_SENDS_MS: Final = 1000
_LAST_SENDS_S: Final = 3.0
"""What is sent while the process ends; a collector that is away must not keep it."""


class Tracing:
    """The spans of one process. Made after it forked: what sends them is a thread."""

    def __init__(self, service: str, settings: TraceSettings) -> None:
        self._provider = _provider(service, settings) if settings.otel_exporter_otlp_endpoint else None
        self._tracer: Tracer = self._provider.get_tracer("lesionlens") if self._provider else NoOpTracer()

    @property
    def on(self) -> bool:
        """Return whether spans are sent anywhere."""
        return self._provider is not None

    @contextmanager
    def span(
        self,
        name: str,
        *,
        parent: str | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes | None = None,
    ) -> Iterator[Span]:
        """Open a span below the one that is open in this thread, or below `parent`, the traceparent of a run.

        An error is told by its type alone: messages may repeat what a caller sent.
        """
        if self._provider is None:
            yield INVALID_SPAN
            return
        above = context_of(parent) if parent else None
        with self._tracer.start_as_current_span(
            name, above, kind, attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                failed(span, type(error).__name__)
                raise

    def begin(self, name: str, above: Context, *, kind: SpanKind, at_ns: int, attributes: Attributes) -> Span:
        """Return a span that began at a time, nanoseconds since 1970. No thread has it open: who holds it ends it."""
        return self._tracer.start_span(name, above, kind, attributes, start_time=at_ns)

    def close(self) -> None:
        """Send what is left, within seconds."""
        if self._provider is None:
            return
        ending = Thread(target=self._provider.shutdown, name="last spans", daemon=True)
        ending.start()
        ending.join(_LAST_SENDS_S)


def failed(span: Span, code: str) -> None:
    """Note that what the span stands for failed; `code` is one of our errors, or the type of another."""
    span.set_status(Status(StatusCode.ERROR))
    span.set_attribute("error.type", code)


def context_of(traceparent: str) -> Context:
    """Return the context that a traceparent names; one that cannot be read names none, and a new trace begins."""
    return _W3C.extract({_FIELD: traceparent}, Context())


def current_traceparent() -> str | None:
    """Return the traceparent of the span that is open here; None where there is none, or its trace is not kept."""
    if not trace.get_current_span().get_span_context().trace_flags.sampled:
        return None
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get(_FIELD)


def trace_id_of(traceparent: str | None) -> dict[str, str]:
    """Return what a log line says of the trace, 32 hexadecimal digits; nothing where there is none."""
    return {"trace_id": traceparent.split("-")[1]} if traceparent else {}


def _provider(service: str, settings: TraceSettings) -> "TracerProvider":
    # Only here: who sends no spans does not carry what sends them.
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased  # noqa: PLC0415

    from shared.observability.span_sender import SpanSender  # noqa: PLC0415

    sender = SpanSender(
        settings.otel_exporter_otlp_endpoint, _headers(settings.otel_exporter_otlp_headers.get_secret_value())
    )
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(settings.otel_traces_sampler_arg)),
        resource=Resource({"service.name": f"lesionlens-{service}", "service.namespace": "lesionlens"}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(BatchSpanProcessor(sender, schedule_delay_millis=_BETWEEN_SENDS_MS))
    return provider


def _headers(told: str) -> dict[str, str]:
    """Read `name=value,name=value`, values percent-encoded, as OpenTelemetry's specification has it."""
    pairs = (pair.split("=", 1) for pair in told.split(",") if "=" in pair)
    return {name.strip().lower(): unquote(value.strip()) for name, value in pairs}
