"""The client for clinics against a server that misbehaves in every way that a client has to live with."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from samples.lesionlens_client import Case, Client, NoAnswer, Refused, StillOpen
from tests.integration.samples.rough_server import Answer, RoughServer

if TYPE_CHECKING:
    from pathlib import Path


def body_of(state: str = "accepted", version: int = 1) -> dict[str, Any]:
    return {"id": "case_1", "state": state, "version": version, "result": None, "rejection": None, "error": None}


def problem(code: str, status: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"code": code, "status": status, "title": "No", "detail": "in words", "request_id": "req_7"}
    return Answer(status, body, named)


ACCEPTED = Answer(202, body_of())
DONE = Answer(200, body_of("completed", 3))


def client(server: RoughServer, *, patience_s: float = 5, timeout_s: float = 5) -> Client:
    return Client(server.url, "ll_key", patience_s=patience_s, timeout_s=timeout_s)


@pytest.mark.parametrize(
    "obstacle",
    [
        problem("backlog_full", 429, Retry_After="1"),
        problem("store_unavailable", 503, Retry_After="1"),
        problem("idempotency_in_flight", 409, Retry_After="1"),
        Answer(502, b"<html>a proxy's words</html>", {"Retry-After": "1"}),
    ],
    ids=["429", "503", "409", "502"],
)
def test_not_now_is_heard_and_the_photo_sent_again_under_the_same_key(obstacle: Answer) -> None:
    with RoughServer(obstacle, ACCEPTED) as server, client(server) as clinic:
        assert clinic.submit(b"photo", {"client_ref": "a"}).id == "case_1"
        first, second = server.seen
    assert second.at - first.at >= 1, "the server named a second"
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert b"photo" in second.body
    assert b'{"client_ref": "a"}' in second.body
    assert second.headers["Authorization"] == "Bearer ll_key"


def test_a_date_in_retry_after() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    with RoughServer(problem("busy", 503, Retry_After=soon), DONE) as server, client(server) as clinic:
        clinic.get("case_1")
        assert 0.8 <= server.seen[1].at - server.seen[0].at <= 3


@pytest.mark.parametrize(
    "obstacle",
    [Answer(reset=True), Answer(200, body_of(), torn=True), Answer(200, body_of(), silence_s=1.5)],
    ids=["reset", "torn", "silent"],
)
def test_a_lost_connection_is_tried_again_under_the_same_key(obstacle: Answer) -> None:
    with RoughServer(obstacle, obstacle, ACCEPTED) as server, client(server, timeout_s=0.5) as clinic:
        assert clinic.submit(b"photo").state == "accepted"
        assert len(server.seen) == 3
        assert len({seen.headers["Idempotency-Key"] for seen in server.seen}) == 1


def test_a_key_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mole.jpg").write_bytes(b"from a file")
    with RoughServer(ACCEPTED) as server, client(server) as clinic:
        for photo in (tmp_path / "mole.jpg", str(tmp_path / "mole.jpg")):
            clinic.submit(photo, idempotency_key="visit-17")
        clinic.submit(b"another")
        assert [seen.headers["Idempotency-Key"] for seen in server.seen[:2]] == ["visit-17"] * 2
        assert server.seen[2].headers["Idempotency-Key"] != "visit-17"
        assert b"from a file" in server.seen[0].body
        with pytest.raises(FileNotFoundError):
            clinic.submit(tmp_path / "none.jpg")


def test_a_no_is_said_once_with_its_code_and_the_request() -> None:
    with RoughServer(problem("unsupported_media", 415)) as server, client(server) as clinic:
        with pytest.raises(Refused) as caught:
            clinic.submit(b"letter")
        assert len(server.seen) == 1
    refused = caught.value
    assert (refused.status, refused.code, refused.detail, refused.request_id) == (
        415,
        "unsupported_media",
        "in words",
        "req_7",
    )
    assert "req_7" in str(refused)


def test_a_no_that_is_no_problem_document() -> None:
    with RoughServer(Answer(404, b"<html>", {"X-Request-Id": "req_8"})) as server, client(server) as clinic:
        with pytest.raises(Refused) as caught:
            clinic.get("case_1")
        assert (caught.value.code, caught.value.request_id) == ("unknown", "req_8")


def test_patience_ends_with_what_happened_last() -> None:
    with RoughServer(problem("backlog_full", 429, Retry_After="60")) as server:
        began = time.monotonic()
        with client(server, patience_s=3) as clinic, pytest.raises(Refused) as caught:
            clinic.get("case_1")
        assert caught.value.code == "backlog_full"
        assert time.monotonic() - began < 2, "no use in waiting for what would come too late"
        url = server.url
    with Client(url, "ll_key", patience_s=1) as clinic, pytest.raises(NoAnswer):
        clinic.get("case_1")


def test_waiting_reads_only_what_is_newer() -> None:
    script = [
        Answer(200, body_of("processing", 2)),
        Answer(304, headers={"Retry-After": "1"}),
        Answer(200, body_of("accepted", 1), {"Retry-After": "0"}),  # a replica that is behind
        problem("database_unavailable", 503, Retry_After="0"),
        DONE,
    ]
    seen: list[tuple[int, str]] = []
    with RoughServer(*script) as server, client(server) as clinic:
        case = clinic.wait(Case(body_of()), on_change=lambda case: seen.append((case.version, case.state)))
        asked = [request.headers["If-None-Match"] for request in server.seen]
        assert server.seen[2].at - server.seen[1].at >= 1
        assert server.seen[0].headers["Prefer"] == "wait=20"
    assert case.state == "completed"
    assert seen == [(2, "processing"), (3, "completed")]
    assert asked == ['W/"1"', *['W/"2"'] * 4]


def test_a_server_that_holds_the_request_is_asked_again_at_once() -> None:
    held = Answer(304, headers={"Preference-Applied": "wait=1", "Retry-After": "5"}, silence_s=0.2)
    with RoughServer(held, held, DONE) as server, client(server) as clinic:
        began = time.monotonic()
        assert clinic.wait(Case(body_of()), 30).has_ended
        assert time.monotonic() - began < 2


def test_waiting_has_an_end() -> None:
    with RoughServer(Answer(200, body_of(), {"Retry-After": "1"})) as server, client(server) as clinic:
        with pytest.raises(StillOpen) as caught:
            clinic.wait("case_1", 1.5)
        assert caught.value.case.id == "case_1"
        assert len(server.seen) <= 4
        assert clinic.wait(Case(body_of("rejected"))).has_ended
        assert len(server.seen) <= 4, "what has ended is not asked about"


def test_cases_go_over_all_pages_and_take_filters() -> None:
    pages = [
        Answer(200, {"items": [body_of(), body_of()], "next_cursor": "next"}),
        Answer(200, {"items": [body_of("failed")], "next_cursor": None}),
    ]
    with RoughServer(*pages) as server, client(server) as clinic:
        assert [case.state for case in clinic.cases(state="failed", limit=2)] == ["accepted", "accepted", "failed"]
        assert [seen.path for seen in server.seen] == [
            "/v1/cases?state=failed&limit=2",
            "/v1/cases?state=failed&limit=2&cursor=next",
        ]


def test_pictures_and_cancel() -> None:
    picture = Answer(200, b"\x89PNG", {"X-Heatmap-Max": "4.5"})
    with RoughServer(*[picture] * 6, Answer(200, body_of("canceled", 2))) as server, client(server) as clinic:
        assert clinic.image("case_1") == b"\x89PNG"
        assert clinic.overlay("case_1", lesion_class="mel", alpha=0.4) == b"\x89PNG"
        assert clinic.layer(Case(body_of()), colormap="viridis") == b"\x89PNG"
        assert clinic.heatmap("case_1", lesion_class="nv") == (b"\x89PNG", 4.5)
        assert clinic.heatmap("case_1") == (b"\x89PNG", 4.5)
        assert clinic.maps("case_1") == b"\x89PNG"
        assert clinic.cancel("case_1").state == "canceled"
        asked = [(seen.method, seen.path.removeprefix("/v1/cases/case_1")) for seen in server.seen]
    assert asked == [
        ("GET", "/image"),
        ("GET", "/overlay?class=mel&alpha=0.4"),
        ("GET", "/layer?colormap=viridis"),
        ("GET", "/heatmap?class=nv"),
        ("GET", "/heatmap"),
        ("GET", "/heatmap"),
        ("POST", "/cancel"),
    ]


def test_why_there_is_no_result() -> None:
    blurred = body_of("rejected") | {"rejection": {"reasons": [{"code": "too_blurred", "message": "m"}]}}
    torn = body_of("failed") | {"error": {"code": "undecodable_image", "detail": "d", "attempts": 1}}
    assert [[reason["code"] for reason in Case(body).reasons] for body in (blurred, torn, body_of())] == [
        ["too_blurred"],
        ["undecodable_image"],
        [],
    ]
