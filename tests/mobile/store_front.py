"""The store as browsers reach it: at an address known before the server starts, open to pages of any origin.

The emulator of the store takes another port each time, which forms for uploads would have to name, and knows no CORS.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator


class StoreFront:
    """`endpoint` is where it listens; `behind` is to be set to the store; `sizes` are of the forms it handed on."""

    def __init__(self, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self.behind = ""
        self.sizes: list[int] = []


@contextmanager
def store_front() -> Iterator[StoreFront]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            front.sizes.append(len(body))
            kind = {"Content-Type": self.headers["Content-Type"]}
            answer = httpx.post(front.behind + self.path, content=body, headers=kind, timeout=30)
            self.send_response(answer.status_code)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        front = StoreFront(server.server_port)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield front
        finally:
            server.shutdown()
            thread.join()
