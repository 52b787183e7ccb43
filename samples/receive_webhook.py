"""Receive webhooks: verify, take each message once, ignore what is not newer: `python -m samples.receive_webhook`.

To start and to copy, with webhook_signature.py and webhook_memory.py beside it; the standard library and nothing else.
What is yours to change is `handle` (and the two imports from `samples`). It listens without TLS: for good, put it
behind a proxy that has a certificate.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from samples.webhook_memory import Memory, Verdict
from samples.webhook_signature import Unverified, Verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECRETS_VARIABLE: Final = "WEBHOOK_SECRET"
LARGEST_BODY_BYTES: Final = 1_000_000
SILENCE_S: Final = 75.0  # longer than the sender keeps a connection, so that it never finds one closed
_SHORT_DIGITS: Final = 12


@dataclass(frozen=True)
class Event:
    """What a message tells. `data` is as docs/webhooks.md describes it; `case_id` and `version` go together."""

    type: str
    data: dict[str, Any]
    case_id: str | None
    version: int | None


def handle(event: Event, database: sqlite3.Connection) -> None:  # noqa: ARG001  (it is there for yours)
    """Do with an event what is yours to do; here: print a line.

    Be quick: the sender waits 15 seconds for the answer. Leave long work to later, as a row in a table of yours written
    through `database`: it is kept if, and only if, the message counts as handled. What is done elsewhere (a mail, a
    call) is done again if the process dies before the end of the transaction. An exception means: not now, send again.
    """
    print(line_of(event), flush=True)


def line_of(event: Event) -> str:
    data = event.data
    if event.case_id is None:
        return " ".join([event.type, *(f"{name} {data[name]}" for name in ("endpoint_id", "reason") if name in data)])
    parts = [event.type, event.case_id, f"version {event.version}", f"state {data.get('state')}"]
    if data.get("decision_changed") is not None:
        parts.append("decision changed" if data["decision_changed"] else "decision unchanged")
    if data.get("result"):
        parts.append(f"decision {data['result'].get('decision')} (a screening aid, not a diagnosis)")
    if data.get("model_version"):
        parts.append(f"model {data['model_version'][:_SHORT_DIGITS]}")
    return " ".join(parts)


class Receiver:
    """Turns requests into answers; knows nothing of sockets, so that it fits into any web framework."""

    def __init__(
        self, verifier: Verifier, memory: Memory, handler: Callable[[Event, sqlite3.Connection], None] = handle
    ) -> None:
        self._verifier = verifier
        self._memory = memory
        self._handle = handler

    def receive(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        """Return status and text of the answer. Passes on what the handler raises: answer 5xx then."""
        try:
            message_id = self._verifier.verify(headers, body)
            event = _event(body)
        except Unverified as refusal:
            print(f"refused with {refusal.status}: {refusal}", flush=True)
            return refusal.status, str(refusal)
        except ValueError as error:
            print(f"refused with 400: signed, but no event: {error}", flush=True)
            return 400, f"signed, but no event: {error}"
        verdict = self._memory.once(
            message_id, event.case_id, event.version, lambda database: self._handle(event, database)
        )
        if verdict is not Verdict.HANDLED:
            print(f"ignored, {verdict}: {line_of(event)}", flush=True)
        return 200, verdict


def _event(body: bytes) -> Event:
    """Raises ValueError if the body is no JSON, or not in the shape of an event."""
    parsed = json.loads(body)
    if not (isinstance(parsed, dict) and isinstance(parsed.get("type"), str) and isinstance(parsed.get("data"), dict)):
        raise ValueError("an object with a type and data was expected")  # noqa: TRY004  (a value that came from outside)
    data = parsed["data"]
    case_id, version = data.get("case_id"), data.get("version")
    if case_id is None or version is None:
        return Event(parsed["type"], data, None, None)
    if not (isinstance(case_id, str) and type(version) is int):
        raise ValueError("case_id is text and version a whole number")
    return Event(parsed["type"], data, case_id, version)


class Server(ThreadingHTTPServer):
    """Listens on host and port, a thread for each connection, and gives what the receiver answers."""

    request_queue_size = 128

    def __init__(self, address: tuple[str, int], receiver: Receiver) -> None:
        self.receiver = receiver
        super().__init__(address, _Requests)


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # the sender keeps its connections
    timeout = SILENCE_S
    wbufsize = -1  # head and body in one piece: the second of two small ones would wait for an acknowledgement, 40 ms
    server: Server

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            self._answer(411, "Content-Length is missing", close=True)
            return
        if int(length) > LARGEST_BODY_BYTES:
            self._pass_over(int(length))
            self._answer(413, f"more than {LARGEST_BODY_BYTES} bytes", close=True)
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):  # the sender has gone; it will try again
            self.close_connection = True
            return
        try:
            status, words = self.server.receiver.receive(dict(self.headers.items()), body)
        except Exception:
            self._answer(500, "not handled; send it again", close=True)
            raise
        self._answer(status, words)

    def _pass_over(self, length: int) -> None:
        """Read some of what is not wanted: a sender whose words are cut off may never see the answer."""
        left = min(length, 16 * LARGEST_BODY_BYTES)
        while left > 0 and (read := len(self.rfile.read(min(left, 65536)))):
            left -= read

    def _answer(self, status: int, words: str, *, close: bool = False) -> None:
        content = f"{words}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        if close:  # what was not read of this request must not be taken for the next one
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing: `handle` prints a line for each event."""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=9000, help="port to listen on; 0 takes a free one (default: 9000)")
    parser.add_argument(
        "--secret",
        action="append",
        metavar="whsec_...",
        help=f"the endpoint's secret; several while it is rotated. Others on this machine can see it here: better in "
        f"the variable {SECRETS_VARIABLE}, several with spaces between them",
    )
    parser.add_argument(
        "--memory", type=Path, default=Path("webhooks.sqlite3"), help="file that remembers (default: webhooks.sqlite3)"
    )
    return parser.parse_args()


def _verifier(options: argparse.Namespace) -> Verifier:
    try:
        return Verifier(options.secret or os.environ.get(SECRETS_VARIABLE, "").split())
    except ValueError as error:
        raise SystemExit(f"{error}; set {SECRETS_VARIABLE} to what the endpoint's creation answered") from None


def main() -> None:
    # A shell that starts it in the background lets it ignore Ctrl-C, and `kill -INT` with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    options = _options()
    verifier = _verifier(options)
    try:
        memory = Memory(options.memory)
    except sqlite3.Error as error:
        raise SystemExit(f"cannot use {options.memory}: {error}") from None
    try:
        server = Server((options.host, options.port), Receiver(verifier, memory))
    except OSError as error:
        memory.close()
        raise SystemExit(f"cannot listen on {options.host}:{options.port}: {error.strerror}") from None
    host, port = server.server_address[:2]
    print(f"listening on http://{host!s}:{port}; Ctrl-C ends it; {options.memory} remembers", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("ended")
    finally:
        server.server_close()
        memory.close()


if __name__ == "__main__":
    main()
