"""A span for each run in hand whose trace is kept, and below it what the run passed through.

A run goes from thread to thread and shares a pass of the network with others, so its spans are not those that happen to
be open in a thread: each is made of two moments, once the second one has come.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, set_span_in_context

from services.inference.outcomes import Answered, Outcome
from shared.db.records import ClaimedRun
from shared.observability.tracing import Attributes, Tracing, context_of, failed

_NS_PER_MS = 1_000_000


class RunSpans:
    """One a process; called from many threads, for a run from one at a time."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing = tracing
        self._open: dict[str, Span] = {}

    @contextmanager
    def holding(self, runs: Sequence[ClaimedRun]) -> Iterator[None]:
        """Open the spans of a batch that was claimed; those without an outcome end when the block is left."""
        for run in runs:
            if run.traceparent and self._tracing.on:
                self._open[run.run_id] = self._begin(run, run.traceparent, len(runs))
        try:
            yield
        except BaseException as error:
            for run in runs:
                failed(self._open.get(run.run_id, INVALID_SPAN), type(error).__name__)
            raise
        finally:
            for run in runs:
                self._open.pop(run.run_id, INVALID_SPAN).end()

    def passed(self, run: ClaimedRun, name: str, began_ns: int, ended_ns: int, attributes: Attributes) -> None:
        """Add what a run passed through, from one moment to another, nanoseconds since 1970."""
        above = self._open.get(run.run_id)
        if above is not None:
            span = self._tracing.begin(
                name, set_span_in_context(above), kind=SpanKind.INTERNAL, at_ns=began_ns, attributes=attributes
            )
            span.end(ended_ns)

    def in_turn(self, run: ClaimedRun, began_ns: int, durations_ms: Mapping[str, float]) -> None:
        """Add steps that came one after the other."""
        for name, lasted_ms in durations_ms.items():
            ended_ns = began_ns + round(lasted_ms * _NS_PER_MS)
            self.passed(run, name, began_ns, ended_ns, {})
            began_ns = ended_ns

    def recorded(self, outcomes: Sequence[Outcome], began_ns: int) -> None:
        """End the spans of runs whose outcomes were written down since `began_ns`."""
        now = time.time_ns()
        for outcome in outcomes:
            self.passed(outcome.run, "record", began_ns, now, {"lesionlens.batch_size": len(outcomes)})
            span = self._open.pop(outcome.run.run_id, INVALID_SPAN)
            span.set_attribute("lesionlens.outcome", type(outcome).__name__.lower())
            if not isinstance(outcome, Answered):
                failed(span, outcome.code)
            span.end()

    def _begin(self, run: ClaimedRun, traceparent: str, batch_size: int) -> Span:
        attributes: Attributes = {
            "lesionlens.run_id": run.run_id,
            "lesionlens.case_id": run.case_id,
            "lesionlens.model_version_id": run.model_version_id,
            "lesionlens.attempt": run.attempts,
            "lesionlens.claimed_together": batch_size,
        }
        return self._tracing.begin(
            "run", context_of(traceparent), kind=SpanKind.CONSUMER, at_ns=time.time_ns(), attributes=attributes
        )
