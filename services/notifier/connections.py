"""Connections that are kept for the next request to the same origin, and one request over one of them.

httpcore speaks HTTP/1.1 over one connection; who uses which is decided here. Its own pool looks at connections while
other threads begin to use them, and can take an answer that was quick for the end of the connection. Here a connection
belongs to whoever has taken it.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpcore

from services.notifier.deadline import Deadline
from services.notifier.dialer import Dialer
from services.notifier.timed_stream import AnswerTooLong, TimedStream
from shared.contracts.webhook_url import Origin, WebhookUrl

Headers = Sequence[tuple[bytes, bytes]]

READ_CAP = 16 * 1024
"""Bytes of an answer that are read, its head included."""
# So that a name that has moved is followed even by those who are never idle.
_OLDEST_S = 300.0
_SORTED_EVERY_S = 1.0


class BrokenOff(Exception):
    """The connection ended before the head of an answer had come."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`late` if its end had not come by the deadline. A body that is cut, by us or by them, is not told apart."""

    status: int
    headers: Headers
    body: bytes
    late: bool


class _Line:
    """One connection and its HTTP."""

    def __init__(self, origin: Origin, stream: TimedStream, *, idle_s: float) -> None:
        self.origin = origin
        self.stream = stream
        self._too_old_at = time.monotonic() + _OLDEST_S
        self._http = httpcore.HTTP11Connection(_httpcore_origin(origin), stream, keepalive_expiry=idle_s)

    def usable(self) -> bool:
        """Return whether a request may be sent: not ended by the other side, not idle or in use for too long."""
        return self._http.is_idle() and not self._http.has_expired() and time.monotonic() < self._too_old_at

    def is_idle(self) -> bool:
        return self._http.is_idle()

    def close(self) -> None:
        self._http.close()

    def request(self, url: WebhookUrl, headers: Headers, body: bytes, deadline: Deadline) -> Answer:
        """Send it and read the answer. Raises BrokenOff, and httpcore's timeouts and protocol errors.

        Afterwards the connection is idle if the answer was read to its end, else closed.
        """
        self.stream.begin(deadline, READ_CAP)
        try:
            response = self._http.handle_request(_httpcore_request(url, headers, body))
        except httpcore.TimeoutException:
            raise
        except AnswerTooLong as error:
            raise httpcore.RemoteProtocolError("the head of the answer is too long") from error
        except (httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
            if self.stream.ended:
                raise BrokenOff from error
            raise
        content, late = _content(response)
        return Answer(response.status, response.headers, content, late)


class Connections:
    """Keeps up to `kept` idle connections for `idle_s` seconds. Any number of threads."""

    def __init__(self, dialer: Dialer, *, idle_s: float, kept: int) -> None:
        self._dialer = dialer
        self._idle_s = idle_s
        self._kept = kept
        self._idle: list[_Line] = []  # the last one used at the end
        self._lock = threading.Lock()
        self._sorted_at = time.monotonic()

    def request(self, url: WebhookUrl, headers: Headers, body: bytes, deadline: Deadline) -> Answer:
        """Send one request and read its answer. Raises what `Dialer.connect` does, BrokenOff, and httpcore's errors.

        If a kept connection turns out to have ended before a byte of the answer came, the request is sent once more
        over a new one (RFC 9112, section 9.3.1; receivers know a webhook by its id). It is never sent again otherwise.
        """
        line = self._take(url.origin)
        answer = None if line is None else _over_kept(line, url, headers, body, deadline)
        if line is None or answer is None:
            line = _Line(url.origin, self._dialer.connect(url.origin, deadline), idle_s=self._idle_s)
            answer = line.request(url, headers, body, deadline)
        if line.is_idle():
            self._keep(line)  # from here on it may be somebody else's
        return answer

    def close_idle(self) -> None:
        """Close what cannot be used any more. Also done with requests, once a second."""
        with self._lock:
            unusable = self._sort_out()
        for line in unusable:
            line.close()

    def close(self) -> None:
        with self._lock:
            idle, self._idle, self._kept = self._idle, [], 0
        for line in idle:
            line.close()

    def _take(self, origin: Origin) -> _Line | None:
        while True:
            with self._lock:
                unusable = self._sort_out() if time.monotonic() > self._sorted_at + _SORTED_EVERY_S else []
                line = next((line for line in reversed(self._idle) if line.origin == origin), None)
                if line is not None:
                    self._idle.remove(line)
            for each in unusable:
                each.close()
            if line is None or line.usable():
                return line
            line.close()

    def _sort_out(self) -> list[_Line]:
        """Return what cannot be used any more, taken from those that are kept. Under the lock."""
        self._sorted_at = time.monotonic()
        lines, self._idle = self._idle, []
        unusable: list[_Line] = []
        for line in lines:
            (self._idle if line.usable() else unusable).append(line)
        return unusable

    def _keep(self, line: _Line) -> None:
        with self._lock:
            self._idle.append(line)
            too_many = self._idle[: max(len(self._idle) - self._kept, 0)]
            self._idle = self._idle[len(too_many) :]
        for each in too_many:
            each.close()


def _over_kept(line: _Line, url: WebhookUrl, headers: Headers, body: bytes, deadline: Deadline) -> Answer | None:
    """Try a kept connection; None if it had ended, or if what it held was there before the request. Raises as above."""
    try:
        answer = line.request(url, headers, body, deadline)
    except (BrokenOff, httpcore.RemoteProtocolError):
        if line.stream.received:
            raise
        return None
    if line.stream.received:
        return answer
    line.close()
    return None


def _content(response: httpcore.Response) -> tuple[bytes, bool]:
    """Read as much of the body as there is. Once the head has come, its status counts; a torn body changes nothing."""
    body, late = bytearray(), False
    try:
        for piece in response.iter_stream():
            body += piece
    except httpcore.TimeoutException:
        late = True
    except (httpcore.NetworkError, httpcore.ProtocolError):
        pass
    finally:
        response.close()
    return bytes(body), late


def _httpcore_origin(origin: Origin) -> httpcore.Origin:
    return httpcore.Origin(origin.scheme.encode(), origin.host.encode(), origin.port)


def _httpcore_request(url: WebhookUrl, headers: Headers, body: bytes) -> httpcore.Request:
    where = httpcore.URL(
        scheme=url.origin.scheme.encode(),
        host=url.origin.host.encode(),
        port=url.origin.port,
        target=url.target.encode(),
    )
    return httpcore.Request(b"POST", where, headers=list(headers), content=body)
