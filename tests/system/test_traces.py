"""One trace from the photo's request to its webhook, through three processes, as a collector is told of it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.system.pictures import file_of
from tests.system.stack import Stack, eventually, finished, post

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from PIL import Image

    from tests.system.collector import Collector, Seen

WORKER_STEPS = {"fetch", "decode", "store_image", "wait for network", "network", "render", "store", "record"}


def _whole(spans: list[Seen]) -> list[Seen] | None:
    names = {span.name for span in spans}
    return spans if {"POST /v1/cases", "run", "send webhook"} <= names else None


@pytest.fixture(scope="module")
def case(stack: Stack, lesion: Image.Image) -> Iterator[dict[str, Any]]:
    """A case whose clinic has an endpoint that nobody answers at, and whose caller brought a trace of his own."""
    with stack.client() as api:
        made = api.post("/v1/webhook-endpoints", json={"url": "https://nobody.invalid/"}).json()
        api.headers["traceparent"] = "00-11111111111111111111111111111111-2222222222222222-01"
        case = finished(api, post(api, file_of(lesion)).json())
        assert case["state"] == "completed", case
        yield case
        assert api.delete(f"/v1/webhook-endpoints/{made['id']}").status_code == 204


@pytest.fixture(scope="module")
def spans(collector: Collector, case: dict[str, Any]) -> list[Seen]:
    found: list[Seen] = eventually(lambda: _whole(collector.of_case(case["id"])), 20, "a trace from end to end")
    return found


def test_one_trace_through_three_processes(spans: list[Seen]) -> None:
    assert {span.service for span in spans} == {"lesionlens-gateway", "lesionlens-inference", "lesionlens-notifier"}
    assert len({span.trace_id for span in spans}) == 1
    # A stranger's trace is not joined.
    assert spans[0].trace_id != "1" * 32


def test_every_span_hangs_below_the_request(spans: list[Seen]) -> None:
    by_id = {span.span_id: span for span in spans}
    (request,) = [span for span in spans if not span.parent_id]
    assert request.name == "POST /v1/cases"
    assert request.attributes["http.response.status_code"] == 202
    (run,) = [span for span in spans if span.name == "run"]
    assert by_id[run.parent_id].name == "commit"
    assert {span.name for span in spans if span.parent_id == run.span_id} == WORKER_STEPS
    assert {by_id[span.parent_id].name for span in spans if span.name == "send webhook"} == {"commit"}


def test_what_the_run_passed_through_follows_in_time(spans: list[Seen]) -> None:
    (run,) = [span for span in spans if span.name == "run"]
    steps = sorted((span for span in spans if span.parent_id == run.span_id), key=lambda span: span.began_ns)
    assert run.began_ns <= steps[0].began_ns
    assert steps[-1].ended_ns <= run.ended_ns
    beside = next(step for step in steps if step.name == "store_image")
    steps.remove(beside)
    assert [step.name for step in steps] == [
        *("fetch", "decode", "wait for network", "network", "render", "store", "record")
    ]
    # Clocks of two kinds are read, so the ends of neighbours may overlap by a little.
    assert all(one.ended_ns <= other.began_ns + 5_000_000 for one, other in pairwise(steps))
    # The clean image is on its way while the network works, and lies there before anything is drawn.
    assert steps[1].ended_ns <= beside.began_ns + 5_000_000
    assert beside.ended_ns <= steps[4].began_ns


def test_the_run_says_which_it_was_and_how_it_ended(spans: list[Seen], case: dict[str, Any]) -> None:
    (run,) = [span for span in spans if span.name == "run"]
    assert run.attributes["lesionlens.case_id"] == case["id"]
    assert run.attributes["lesionlens.outcome"] == "answered"
    assert not run.failed


def test_a_webhook_that_did_not_arrive_is_seen_as_failed(spans: list[Seen]) -> None:
    tries = [span for span in spans if span.name == "send webhook"]
    assert [(span.failed, span.attributes["lesionlens.outcome"]) for span in tries] == [
        (True, "unreachable") for _ in tries
    ]


def test_the_log_names_the_trace(stack: Stack, spans: list[Seen]) -> None:
    lines = [line for line in stack.log.read_text(errors="replace").splitlines() if spans[0].trace_id in line]
    told = {tuple(line.replace("|", " ").split()[:2]) for line in lines}
    assert told == {("gateway", "case_accepted"), ("gateway", "request"), ("inference", "run_ended")}


def test_a_refused_request_is_a_trace_of_its_own(collector: Collector, api: httpx.Client) -> None:
    assert api.get("/v1/cases/case_00000000000000000000000000").status_code == 404

    def found() -> list[Seen]:
        return [s for s in collector.spans() if s.name == "GET /v1/cases/{case_id}" and _status(s) == 404]

    (span, *_) = eventually(found, 20, "the refused request's span")
    assert not span.failed
    assert not span.parent_id


def test_machines_that_ask_are_not_traced(collector: Collector, api: httpx.Client) -> None:
    assert api.get("/metrics").is_success
    assert [span.name for span in collector.spans() if "metrics" in span.name or "healthz" in span.name] == []
    assert collector.refused == 0


def _status(span: Seen) -> int:
    return int(span.attributes["http.response.status_code"])
