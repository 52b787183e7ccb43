"""One connection, with an end to everybody's patience: uvicorn waits for ever for a head and for whoever does not read.

A head (request line and headers) has so many seconds and bytes. Connections that owe one are counted: where there are
too many, the one that has owed it longest makes room, so that whoever speaks at once gets in. An answer that nobody
reads is cut off.
"""

import json
from asyncio import TimerHandle, Transport
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from services.gateway.headers import ALWAYS, NOTHING

_TITLES: Final = {
    400: ("malformed", "The request cannot be taken apart"),
    408: ("request_timeout", "The headers came too slowly"),
    431: ("headers_too_large", "The headers are too large"),
}


class _HeadTooLarge(Exception):
    """Raised inside the parser, which turns it into an error of its own."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for a head and for an answer that is not read, bytes of a head, connections that may owe one."""

    head_s: float
    head_bytes: int
    most_heads: int
    unread_s: float


class OpenHeads:
    """The connections that owe a head, longest first. Belongs to one event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: OrderedDict[Wire, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, wire: "Wire") -> None:
        """Note one more; the longest there makes room where that is one too many."""
        self._open[wire] = None
        if len(self._open) > self._most:
            oldest, _ = self._open.popitem(last=False)
            oldest.make_room()

    def drop(self, wire: "Wire") -> None:
        self._open.pop(wire, None)


class Wire(HttpToolsProtocol):
    """uvicorn's connection. What it is given beside uvicorn's own arguments: `patience`, `heads`."""

    def __init__(self, *, patience: Patience, heads: OpenHeads, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._patience = patience
        self._heads = heads
        self._owes_head = True
        self._spoke = False
        self._head_bytes = 0
        self._too_large = False
        self._head_timer: TimerHandle | None = None
        self._unread_timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_unread()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        owed, self._spoke = self._owes_head, True
        super().data_received(data)
        if not self._owes_head or self.transport.is_closing():
            return
        if self._head_timer is None:
            self._wait_for_head()
        # A chunk in which a head both begins and goes on is counted by its headers alone; the next ones as a whole.
        self._head_bytes += len(data) if owed else 0
        if self._head_bytes > self._patience.head_bytes:
            self._too_large = True
            self.send_400_response("")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._owes_head = True
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._owes_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop_unread()
        self._unread_timer = self.loop.call_later(self._patience.unread_s, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_unread()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, in the words and with the headers of every other refusal."""
        del msg
        self._refuse(431 if self._too_large else 400)

    def make_room(self) -> None:
        """End the connection without a word, for the sake of others."""
        self._stop_waiting()
        self.transport.abort()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > self._patience.head_bytes:
            self._too_large = True
            raise _HeadTooLarge

    def _wait_for_head(self) -> None:
        self._heads.add(self)
        self._head_timer = self.loop.call_later(self._patience.head_s, self._head_is_late)

    def _stop_waiting(self) -> None:
        self._heads.drop(self)
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_unread(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    def _head_is_late(self) -> None:
        self._stop_waiting()
        if self._spoke:
            self._refuse(408)
        else:
            # Opened in advance, as browsers do, and never needed: nobody asked, so nobody is answered.
            self.transport.close()

    def _refuse(self, status: int) -> None:
        cycle = cast("RequestResponseCycle | None", self.cycle)  # which uvicorn declares as always there
        if cycle is not None and not cycle.response_complete:
            # An answer to the request before is on its way: whatever was written now would become a part of it.
            self.transport.abort()
            return
        code, title = _TITLES[status]
        problem = {"type": f"urn:lesionlens:problem:{code}", "title": title, "status": status, "code": code}
        body = json.dumps(problem, separators=(",", ":")).encode()
        headers = ALWAYS | {
            "Content-Type": "application/problem+json",
            "Content-Length": str(len(body)),
            "Content-Security-Policy": NOTHING,
            "Cache-Control": "no-store",
            "Connection": "close",
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(STATUS_LINE[status] + lines.encode() + b"\r\n" + body)
        self.transport.close()
