"""A real HTTP server on a loopback port that answers as it is told to: late, not now, half, or not at all."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Answer:
    """`silence_s` passes before the first byte; `reset` ends the connection with a reset instead of an answer."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    silence_s: float = 0
    reset: bool = False
    torn: bool = False


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


class RoughServer:
    """Gives the answers of `script` one after the other, the last one for ever; keeps what it was asked."""

    def __init__(self, *script: Answer) -> None:
        self.script = list(script)
        self.seen: list[Seen] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length)
                owner.seen.append(Seen(self.command, self.path, dict(self.headers), body, time.monotonic()))
                _give(self, owner.script.pop(0) if len(owner.script) > 1 else owner.script[0])

            do_GET = do_POST = answer  # noqa: N815  (the names that http.server asks for)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _give(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    time.sleep(answer.silence_s)
    handler.close_connection = True
    if answer.reset:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
        return
    content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    if answer.status == 304:
        content = b""
    try:
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content) + (100 if answer.torn else 0)))
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(content)
    except OSError:  # the client has left already
        return
