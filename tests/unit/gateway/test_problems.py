"""The table of problems, and what surrounds every answer. The application is called in the process; nothing listens."""

import asyncio
import json
from typing import Any

import pytest
from fastapi import FastAPI, Request
from starlette.types import Message

from services.gateway import http_errors, refusals
from services.gateway.http_errors import TABLE
from services.gateway.middleware import RequestContext
from shared import errors
from shared.errors import CallerError, LesionlensError, ObjectMissing, StoreUnavailable


def all_errors(base: type[LesionlensError]) -> set[type[LesionlensError]]:
    return {base}.union(*(all_errors(kind) for kind in base.__subclasses__()))


class Answer:
    """What a caller got: status, headers in lower case, body."""

    def __init__(self, messages: list[Message]) -> None:
        self.status: int = messages[0]["status"]
        self.headers = {name.decode().lower(): value.decode() for name, value in messages[0]["headers"]}
        self.body: dict[str, Any] = json.loads(b"".join(message.get("body", b"") for message in messages[1:]))


def call(error: Exception | None, path: str = "/x", headers: list[tuple[bytes, bytes]] | None = None) -> Answer:
    """Ask an application whose one route raises the error, without ever sending the body."""
    app = FastAPI()
    http_errors.install(app)
    app.add_middleware(RequestContext)

    @app.post("/x")
    async def x(request: Request, count: int = 0) -> dict[str, str]:
        if error is not None:
            raise error
        return {"request_id": request.state.request_id, "count": str(count)}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        await asyncio.sleep(0)
        sent.append(message)

    async def receive() -> Message:
        return await asyncio.Future()

    route, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": "POST",
        "path": route,
        "raw_path": route.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "headers": headers or [],
        "server": ("x", 80),
        "client": ("y", 1),
    }
    asyncio.run(app(scope, receive, send))
    return Answer(sent)


def test_every_refusal_has_a_row() -> None:
    kinds = {kind for kind in all_errors(CallerError) if kind.__module__ in {refusals.__name__, errors.__name__}}
    assert {kind.code for kind in kinds} <= set(TABLE)
    assert {refusals.NoActiveModel.code, refusals.RendererBusy.code, StoreUnavailable.code} <= set(TABLE)
    assert errors.DatabaseUnavailable.code in TABLE
    assert {errors.UndecodableImage.code, errors.ImageTooLarge.code} <= set(TABLE)


def test_whatever_may_work_later_says_when() -> None:
    assert all(row.retry_after_s for row in TABLE.values() if row.status == 503)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (refusals.NotFound("no such case"), 404, "not_found"),
        (refusals.Unauthenticated("no key"), 401, "unauthenticated"),
        (refusals.IdempotencyInFlight("wait"), 409, "idempotency_in_flight"),
        (StoreUnavailable("down"), 503, "store_unavailable"),
        (
            refusals.ValidationFailed("no", [refusals.FieldProblem(("body", "age"), "int", "no number")]),
            422,
            "validation",
        ),
    ],
)
def test_refusals(error: Exception, status: int, code: str) -> None:
    answer = call(error)
    assert (answer.status, answer.body["code"], answer.body["status"]) == (status, code, status)
    assert answer.body["type"] == f"urn:lesionlens:problem:{code}"
    assert answer.body["instance"] == "/x"
    assert answer.body["request_id"] == answer.headers["x-request-id"]
    assert ("errors" in answer.body) == (code == "validation")
    assert ("retry-after" in answer.headers) == (status in {409, 503})
    assert ("www-authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize("error", [RuntimeError("Jane Doe"), ObjectMissing("incoming/Jane"), KeyError("Jane")])
def test_the_unexpected_says_nothing(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    answer = call(error)
    assert (answer.status, answer.body["code"]) == (500, "internal_error")
    assert "Jane" not in json.dumps(answer.body)
    logged = capsys.readouterr().out
    assert "Jane" not in logged
    assert type(error).__name__ in logged


def test_the_framework_speaks_the_same_way() -> None:
    assert (call(None, "/nowhere").status, call(None, "/nowhere").body["code"]) == (404, "not_found")
    wrong = call(None, "/x?count=Jane")
    assert (wrong.status, wrong.body["errors"][0]["loc"]) == (422, ["query", "count"])
    assert "Jane" not in json.dumps(wrong.body)


def test_every_answer_carries_the_headers() -> None:
    answer = call(None)
    assert answer.status == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.body["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("headers", "closes"),
    [
        ([], False),
        ([(b"content-length", b"0")], False),
        ([(b"content-length", b"20000000")], True),
        ([(b"transfer-encoding", b"chunked")], True),
    ],
)
def test_an_answer_before_the_end_of_the_body_closes(headers: list[tuple[bytes, bytes]], *, closes: bool) -> None:
    answer = call(refusals.Unauthenticated("no key"), headers=headers)
    assert (answer.headers.get("connection") == "close") == closes
