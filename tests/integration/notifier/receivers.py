"""A real receiver on a loopback port that behaves as a test tells it to, and counts who came."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl

# Answers one request; returns whether the connection stays open.
Behaviour = Callable[["Talk"], bool]


@dataclass(frozen=True)
class Seen:
    """One request. `connection` counts from 1."""

    connection: int
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Talk:
    """One connection, as a behaviour sees it. `over` is set when the receiver ends."""

    socket: socket.socket
    over: threading.Event
    sent: int = 0

    def send(self, data: bytes) -> None:
        """Send all of it, counting; piece by piece, so that what did not go out is not counted."""
        left = memoryview(data)
        while left:
            count = self.socket.send(left)
            self.sent += count
            left = left[count:]

    def drip(self, data: bytes, every_s: float) -> None:
        for byte in data:
            self.send(bytes([byte]))
            if self.over.wait(every_s):
                return


def answer(
    status: int = 200,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    *,
    after_s: float = 0,
    closes_after_s: float | None = None,
) -> Behaviour:
    """Answer as servers do; with `closes_after_s` end the connection then, without having said so."""

    def behave(talk: Talk) -> bool:
        talk.over.wait(after_s)
        lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        talk.send("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        if closes_after_s is not None:
            talk.over.wait(closes_after_s)
        return closes_after_s is None

    return behave


def say(data: bytes, *, stays: bool = False, then_stall: bool = False) -> Behaviour:
    """Send just these bytes, whatever they are."""

    def behave(talk: Talk) -> bool:
        talk.send(data)
        if then_stall:
            talk.over.wait(20)
        return stays

    return behave


def stall(talk: Talk) -> bool:
    talk.over.wait(20)
    return False


def drip(data: bytes, *, first: bytes = b"", every_s: float = 0.02) -> Behaviour:
    """Send the bytes one at a time."""

    def behave(talk: Talk) -> bool:
        talk.send(first)
        talk.drip(data, every_s)
        return False

    return behave


def reset(talk: Talk) -> bool:
    talk.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def hang_up(_talk: Talk) -> bool:
    return False


def flood(size: int, *, chunked: bool = False) -> Behaviour:
    """Answer 200 with so many bytes."""

    def behave(talk: Talk) -> bool:
        framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % size
        talk.send(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n")
        piece = b"x" * 8192
        for _ in range(size // len(piece)):
            talk.send(b"2000\r\n" + piece + b"\r\n" if chunked else piece)
        return False

    return behave


@dataclass
class Receiver:
    """Behaves by `script`, one behaviour for each request, the last one for ever.

    `tls` makes it speak TLS; `mute` makes it send these bytes one at a time to whoever connects, and nothing else.
    """

    script: list[Behaviour] = field(default_factory=lambda: [answer()])
    tls: ssl.SSLContext | None = None
    mute: bytes | None = None
    requests: list[Seen] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    connections: int = 0
    sent: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        if self.tls is not None:
            self.tls.sni_callback = lambda _socket, name, _context: self.names.append(name)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                number = self.connections
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        connection.settimeout(20)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.callback(connection.close)
            if self.mute is not None:
                Talk(connection, self._over).drip(self.mute, 0.02)
                return
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
                stack.callback(connection.close)
            self._talk(Talk(connection, self._over), number)

    def _talk(self, talk: Talk, number: int) -> None:
        reader = talk.socket.makefile("rb")
        try:
            while (seen := _read(reader.readline, reader.read, number)) is not None:
                with self._lock:
                    self.requests.append(seen)
                    behave = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                if not behave(talk):
                    return
        finally:
            self.sent += talk.sent
            reader.close()


def _read(readline: Callable[[], bytes], read: Callable[[int], bytes], number: int) -> Seen | None:
    first = readline()
    if not first:
        return None
    headers: dict[str, str] = {}
    while line := readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body = read(int(headers.get("content-length", 0)))
    return Seen(number, first.decode("latin-1").split(" ")[1], headers, body)


def until(true: Callable[[], bool], seconds: float = 5) -> None:
    """Wait for it. Raises AssertionError if it does not become true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.005)
