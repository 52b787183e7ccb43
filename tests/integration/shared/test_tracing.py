"""Spans of one process: what is sent, what a run remembers, and that a collector which is away keeps nobody."""

import time
from collections.abc import Iterator
from functools import partial

import pytest
from opentelemetry.trace import SpanKind
from pydantic import SecretStr
from structlog.testing import capture_logs

from shared.observability.tracing import Tracing, context_of, current_traceparent, trace_id_of
from shared.settings import TraceSettings
from tests.system.collector import KEY, Collector, Seen, running_collector
from tests.system.stack import eventually

# Nothing listens there.
AWAY = "http://127.0.0.1:9"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with running_collector() as collector:
        yield collector


def tracing_to(address: str, *, share: float = 1.0, headers: str = f"x-key={KEY}") -> Tracing:
    return Tracing(
        "gateway",
        TraceSettings(
            otel_exporter_otlp_endpoint=address,
            otel_exporter_otlp_headers=SecretStr(headers),
            otel_traces_sampler_arg=share,
        ),
    )


def sent(collector: Collector, many: int) -> list[Seen]:
    found: list[Seen] = eventually(lambda: len(collector.spans()) >= many and collector.spans(), 20, f"{many} spans")
    return found


def test_without_a_collector_nothing_is_traced() -> None:
    tracing = Tracing("gateway", TraceSettings())
    with tracing.span("request"):
        assert current_traceparent() is None
    assert not tracing.on
    tracing.close()


def test_what_another_process_does_hangs_below_what_the_run_remembers(collector: Collector) -> None:
    gateway, worker = tracing_to(collector.address), tracing_to(f"{collector.address}/")
    with gateway.span("request", kind=SpanKind.SERVER), gateway.span("commit"):
        traceparent = current_traceparent()
    assert traceparent is not None
    with worker.span("webhook", parent=traceparent):
        assert current_traceparent() != traceparent
    worker.begin("run", context_of(traceparent), kind=SpanKind.CONSUMER, at_ns=1, attributes={"a": 1}).end(3)
    gateway.close()
    worker.close()
    spans = {span.name: span for span in sent(collector, 4)}
    assert {span.trace_id for span in spans.values()} == set(trace_id_of(traceparent).values())
    assert spans["webhook"].parent_id == spans["run"].parent_id == spans["commit"].span_id
    assert spans["commit"].parent_id == spans["request"].span_id
    assert (spans["run"].began_ns, spans["run"].ended_ns, spans["run"].attributes) == (1, 3, {"a": 1})


def test_a_trace_that_is_not_kept_is_not_remembered(collector: Collector) -> None:
    tracing = tracing_to(collector.address, share=0.0)
    with tracing.span("request"):
        assert current_traceparent() is None
    tracing.close()
    assert collector.spans() == []


def test_an_error_is_told_by_its_type_alone(collector: Collector) -> None:
    tracing = tracing_to(collector.address)
    with pytest.raises(ValueError, match="Zinnia"), tracing.span("request"):
        raise ValueError("Zinnia")
    tracing.close()
    (span,) = sent(collector, 1)
    assert span.failed
    assert span.attributes == {"error.type": "ValueError"}
    assert "Zinnia" not in collector.text()


def test_a_traceparent_that_cannot_be_read_begins_a_new_trace(collector: Collector) -> None:
    tracing = tracing_to(collector.address)
    with tracing.span("webhook", parent="nonsense"):
        pass
    tracing.close()
    (span,) = sent(collector, 1)
    assert span.parent_id == ""


def test_headers_are_percent_encoded(collector: Collector) -> None:
    tracing = tracing_to(collector.address, headers=f"Other=1, X-Key={KEY.replace('-', '%2D')}")
    with tracing.span("request"):
        pass
    tracing.close()
    assert len(sent(collector, 1)) == 1
    assert collector.refused == 0


def test_a_collector_that_is_away_keeps_nobody() -> None:
    tracing = tracing_to(AWAY)
    began = time.monotonic()
    for _ in range(5000):
        with tracing.span("request"):
            pass
    # More than the queue holds: what is too much is dropped, and nobody waits. A span costs some microseconds.
    assert time.monotonic() - began < 10
    began = time.monotonic()
    tracing.close()
    assert time.monotonic() - began < 10


def _refused_more(collector: Collector, than: int) -> bool:
    return collector.refused > than


def test_who_cannot_send_says_so_once_and_once_that_he_can_again(collector: Collector) -> None:
    collector.closed = True
    tracing = tracing_to(collector.address)
    with capture_logs() as said:
        for _ in range(2):
            before = collector.refused
            with tracing.span("request"):
                pass
            eventually(partial(_refused_more, collector, before), 20, "a batch refused")
        collector.closed = False
        with tracing.span("request"):
            pass
        sent(collector, 1)
        tracing.close()
    assert [(line["event"], line["log_level"]) for line in said] == [
        ("spans_not_sent", "warning"),
        ("spans_sent_again", "info"),
    ]
    assert KEY not in str(said)


def test_headers_that_cannot_be_sent_are_heard_of(collector: Collector) -> None:
    tracing = tracing_to(collector.address, headers="x-key=%E2%82%AC")
    with capture_logs() as said:
        with tracing.span("request"):
            pass
        tracing.close()
    assert [line["event"] for line in said] == ["spans_not_sent"]
    assert collector.spans() == []
