"""The spans of runs that share a batch: each ends with its own outcome, and none stays open."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from services.inference.outcomes import Returned
from services.inference.run_spans import RunSpans
from shared.observability.tracing import Tracing, current_traceparent
from shared.settings import TraceSettings
from tests.claimed_run import claimed
from tests.system.collector import KEY, Collector, Seen, running_collector
from tests.system.stack import eventually


@pytest.fixture
def collector() -> Iterator[Collector]:
    with running_collector() as collector:
        yield collector


@pytest.fixture
def tracing(collector: Collector) -> Iterator[Tracing]:
    tracing = Tracing(
        "inference",
        TraceSettings(
            otel_exporter_otlp_endpoint=collector.address, otel_exporter_otlp_headers=SecretStr(f"x-key={KEY}")
        ),
    )
    yield tracing
    tracing.close()


def test_what_ends_a_batch_is_told_of_the_runs_that_it_ended(collector: Collector, tracing: Tracing) -> None:
    with tracing.span("request"):
        traceparent = current_traceparent()
    first, second, untraced = (
        claimed(run_id=f"run_{number}", traceparent=traceparent if number < 3 else None) for number in (1, 2, 3)
    )
    spans = RunSpans(tracing)

    def work() -> None:
        with spans.holding([first, second, untraced]):
            spans.recorded([Returned(first, "device_lost"), Returned(untraced, "device_lost")], began_ns=1)
            raise KeyError("Zinnia")

    with pytest.raises(KeyError):
        work()
    seen: list[Seen] = eventually(lambda: len(collector.spans()) >= 4 and collector.spans(), 20, "four spans")
    runs = {each.attributes["lesionlens.run_id"]: each for each in seen if each.name == "run"}
    assert {name: (run.failed, run.attributes["error.type"]) for name, run in runs.items()} == {
        "run_1": (True, "device_lost"),
        "run_2": (True, "KeyError"),
    }
    assert [each.parent_id for each in seen if each.name == "record"] == [runs["run_1"].span_id]
    assert "Zinnia" not in collector.text()
    spans.passed(second, "late", 1, 2, {})
    tracing.close()
    assert "late" not in {each.name for each in collector.spans()}
