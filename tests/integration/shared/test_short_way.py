"""The short way to the store, before a server with its own reading of AWS's signature version 4."""

import gc
import hashlib
import hmac
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import unquote

import pytest
from botocore.exceptions import BotoCoreError
from pydantic import SecretStr
from urllib3.connection import HTTPConnection

from services.standalone.ports import free_port
from shared.settings import StorageSettings
from shared.storage.short_way import ShortWay

SECRET = "a-secret-key"


class Checking(BaseHTTPRequestHandler):
    """Keeps objects of callers whose signature is right; answers 403 to others, and hangs up where it is told to."""

    protocol_version = "HTTP/1.1"
    objects: ClassVar[dict[str, tuple[bytes, str | None]]]
    hang_ups: ClassVar[int]
    cut: ClassVar[int]
    headers_seen: ClassVar[list[dict[str, str]]]
    port: ClassVar[int]

    def do_PUT(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        pass

    def _serve(self) -> None:
        kind = type(self)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind.headers_seen.append({name.lower(): value for name, value in self.headers.items()})
        if kind.hang_ups:
            kind.hang_ups -= 1
            self.close_connection = True
            return
        if not self._signed(body):
            self._answer(403, b"")
        elif self.command == "PUT":
            kind.objects[unquote(self.path)] = body, self.headers["Content-Type"]
            self._answer(200, b"")
        elif self.command == "DELETE":
            kind.objects.pop(unquote(self.path), None)
            self._answer(204, b"")
        elif unquote(self.path) in kind.objects:
            self._answer(200, kind.objects[unquote(self.path)][0], missing=kind.cut)
        else:
            self._answer(404, b"<Error/>")

    def _answer(self, status: int, content: bytes, missing: int = 0) -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) - missing])
        self.close_connection = missing > 0

    def _signed(self, body: bytes) -> bool:
        parts = dict(part.strip().split("=", 1) for part in self.headers["Authorization"].split(" ", 1)[1].split(","))
        scope = parts["Credential"].split("/", 1)[1]
        digest = hashlib.sha256(body).hexdigest()
        lines = [f"{name}:{self.headers[name].strip()}" for name in parts["SignedHeaders"].split(";")]
        canonical = "\n".join([self.command, self.path, "", *lines, "", parts["SignedHeaders"], digest])
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        told = "\n".join(["AWS4-HMAC-SHA256", self.headers["X-Amz-Date"], scope, hashed])
        key = f"AWS4{SECRET}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        expected = hmac.digest(key, told.encode(), "sha256").hex()
        return digest == self.headers["X-Amz-Content-SHA256"] and parts["Signature"] == expected


@pytest.fixture
def server() -> Iterator[type[Checking]]:
    class Serving(Checking):
        objects: ClassVar = {}
        hang_ups = 0
        cut = 0
        headers_seen: ClassVar = []

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Serving)
    Serving.port = listening.server_port
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield Serving
    listening.shutdown()
    thread.join()
    listening.server_close()


def way_to(port: int, secret: str = SECRET, attempts: int = 2) -> ShortWay:
    settings = StorageSettings(
        s3_endpoint=f"http://127.0.0.1:{port}",
        s3_bucket="bucket",
        s3_access_key=SecretStr("a-key"),
        s3_secret_key=SecretStr(secret),
        s3_attempts=attempts,
    )
    return ShortWay(settings, connections=2)


@pytest.mark.parametrize("key", ["cases/case_1/run_1/2/layer.png", "a b+c~d/é", "x"])
def test_signatures_are_right(server: type[Checking], key: str) -> None:
    way = way_to(server.port)
    assert way.ask("PUT", key, b"\x00bytes", media_type="image/png") == b""
    assert server.objects == {f"/bucket/{key}": (b"\x00bytes", "image/png")}
    assert way.ask("GET", key) == b"\x00bytes"
    assert way.ask("DELETE", key) == b""
    assert server.objects == {}
    assert all("expect" not in headers for headers in server.headers_seen)


def test_whatever_is_no_success_is_for_the_client(server: type[Checking]) -> None:
    assert way_to(server.port).ask("GET", "nothing") is None
    assert way_to(server.port, secret="another").ask("PUT", "key", b"bytes", media_type="text/plain") is None
    assert server.objects == {}


def test_a_body_that_is_cut_short_is_no_success(server: type[Checking]) -> None:
    way = way_to(server.port)
    way.ask("PUT", "key", b"0123456789", media_type="text/plain")
    server.cut = 3
    assert way.ask("GET", "key") is None


def test_a_broken_connection_is_tried_again_as_often_as_is_set(server: type[Checking]) -> None:
    server.hang_ups = 1
    assert way_to(server.port).ask("PUT", "key", b"bytes", media_type="text/plain") == b""
    server.hang_ups = 2
    with pytest.raises(BotoCoreError):
        way_to(server.port).ask("GET", "key")
    assert server.hang_ups == 0
    server.hang_ups = 1
    with pytest.raises(BotoCoreError):
        way_to(server.port, attempts=1).ask("GET", "key")


def test_no_server_is_an_error() -> None:
    with pytest.raises(BotoCoreError):
        way_to(free_port()).ask("GET", "key")


def test_headers_and_body_go_out_without_waiting_for_each_other(server: type[Checking]) -> None:
    """Where a socket may hold back the second piece, each small object takes 40 ms longer."""
    way = way_to(server.port)
    assert way.ask("PUT", "x", b"bytes") == b""
    # By type: asking some libraries' stand-ins for their class wakes them.
    made = [each for each in gc.get_objects() if issubclass(type(each), HTTPConnection)]
    kept = [each for each in made if each.port == server.port]
    assert [each.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for each in kept if each.sock] == [1]
