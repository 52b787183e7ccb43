"""A collector of spans: takes what is sent by OTLP over HTTP, with one key, and keeps it in memory.

Knows the protocol from its own description: https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

from __future__ import annotations

import gzip
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY: Final = "key-of-the-collector"


@dataclass(frozen=True, slots=True)
class Seen:
    """A span as it arrived. Ids in hexadecimal digits, times in nanoseconds since 1970."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    began_ns: int
    ended_ns: int
    failed: bool
    attributes: dict[str, Any]


@dataclass
class Collector:
    """`refused` counts requests without the key, and those that came while it was `closed`."""

    address: str = ""
    closed: bool = False
    refused: int = 0
    _bodies: list[bytes] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, body: bytes) -> None:
        with self._lock:
            self._bodies.append(body)

    def text(self) -> str:
        """Return every byte that came, to look for words in it."""
        with self._lock:
            return b"\n".join(self._bodies).decode("latin-1")

    def spans(self) -> list[Seen]:
        with self._lock:
            bodies = list(self._bodies)
        return [span for body in bodies for span in _spans_of(body)]

    def of_case(self, case_id: str) -> list[Seen]:
        """Return the spans of the trace in which the case was accepted."""
        spans = self.spans()
        traces = {s.trace_id for s in spans if s.attributes.get("lesionlens.case_id") == case_id and s.name == "commit"}
        return [span for span in spans if span.trace_id in traces]


def _spans_of(body: bytes) -> list[Seen]:
    request = ExportTraceServiceRequest()
    request.ParseFromString(body)
    return [
        Seen(
            service=_facts(group.resource.attributes)["service.name"],
            name=span.name,
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            began_ns=span.start_time_unix_nano,
            ended_ns=span.end_time_unix_nano,
            failed=span.status.code == span.status.STATUS_CODE_ERROR,
            attributes=_facts(span.attributes),
        )
        for group in request.resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]


def _facts(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


@contextmanager
def running_collector() -> Iterator[Collector]:
    """Start one at a port of its own."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            known = self.path == "/v1/traces" and self.headers.get("x-key") == KEY and not collector.closed
            if known:
                collector.take(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            else:
                collector.refused += 1
            answer = ExportTraceServiceResponse().SerializeToString() if known else b""
            self.send_response(200 if known else 401)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    collector.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, name="collector")
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
