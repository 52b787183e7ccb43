"""One attempt to tell one endpoint of one event: a signed POST, and how it ended."""

import ssl
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import httpcore

from services.notifier.address_guard import AddressGuard, AddressRefused, NameNotFound, Resolve, system_addresses
from services.notifier.connections import Answer, BrokenOff, Connections, Headers
from services.notifier.deadline import Deadline
from services.notifier.dialer import Dial, Dialer, dial
from services.notifier.retry_after import retry_after_s
from shared.contracts.enums import AttemptOutcome
from shared.contracts.webhook_signature import header_of
from shared.contracts.webhook_url import AllowedHosts, UrlRefused, WebhookUrl, read_url

_USER_AGENT: Final = b"Lesionlens-Webhooks/1"
# Bytes of UTF-8 that are kept of an answer, hence at most as many characters.
_KEPT_TEXT: Final = 2000


@dataclass(frozen=True, slots=True)
class Message:
    """`body` is JSON as it is signed and sent. `secrets` are those that are valid now, the newest first."""

    url: str = field(repr=False)
    event_id: str
    body: bytes = field(repr=False)
    secrets: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """How it ended. `status` is there whenever the head of an answer came, also if its end did not come in time.

    `retry_after_s` is what the receiver asked for (0 s to 24 h), unless it took the event. `response` is the beginning
    of the answer's body, at most 2,000 characters, without control characters.
    """

    outcome: AttemptOutcome
    latency_ms: int
    status: int | None = None
    retry_after_s: int | None = None
    response: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for look-up and connection, seconds for everything, seconds that a connection is kept, and how many."""

    connect_s: float = 5.0
    total_s: float = 15.0
    idle_s: float = 30.0
    kept: int = 64


class Sender:
    """Sends messages, from any number of threads. No redirect is followed, no proxy of the environment is used.

    `resolve` and `dial` are the network, `tls` says whose certificates count (by default the public authorities'),
    `clock` gives Unix seconds.
    """

    def __init__(
        self,
        allowed: AllowedHosts,
        *,
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
        resolve: Resolve = system_addresses,
        dial: Dial = dial,
        clock: Callable[[], float] = time.time,
    ) -> None:
        limits = limits or Limits()
        tls = tls or httpcore.default_ssl_context()
        tls.set_alpn_protocols(["http/1.1"])
        dialer = Dialer(AddressGuard(allowed, resolve), tls, connect_s=limits.connect_s, dial=dial)
        self._allowed = allowed
        self._total_s = limits.total_s
        self._clock = clock
        self._connections = Connections(dialer, idle_s=limits.idle_s, kept=limits.kept)

    def send(self, message: Message) -> Attempt:
        """Make one attempt. Whatever the receiver does is an outcome. Raises ValueError if there is no valid secret."""
        began, now = time.monotonic(), self._clock()
        signed = header_of(message.secrets, message.event_id, int(now), message.body)
        outcome, answer = self._ask(message, signed, int(now))
        latency_ms = round((time.monotonic() - began) * 1000)
        if answer is None:
            return Attempt(outcome, latency_ms)
        asked = None if outcome is AttemptOutcome.DELIVERED else _retry_after(answer.headers, self._clock())
        return Attempt(outcome, latency_ms, answer.status, asked, _text(answer.body))

    def close_idle(self) -> None:
        """Close connections that nobody has used for a while; also done whenever something is sent."""
        self._connections.close_idle()

    def close(self) -> None:
        self._connections.close()

    def _ask(self, message: Message, signed: str, timestamp: int) -> tuple[AttemptOutcome, Answer | None]:
        deadline = Deadline.after(self._total_s)
        try:
            url = read_url(message.url, self._allowed)
            headers = _headers(url, message, signed, timestamp)
            answer = self._connections.request(url, headers, message.body, deadline)
        except (UrlRefused, AddressRefused):
            return AttemptOutcome.ADDRESS_REFUSED, None
        except httpcore.TimeoutException:
            return AttemptOutcome.TIMED_OUT, None
        except (NameNotFound, BrokenOff, httpcore.NetworkError):
            return AttemptOutcome.UNREACHABLE, None
        except httpcore.RemoteProtocolError:
            return AttemptOutcome.MALFORMED, None
        return _outcome(answer), answer


def _outcome(answer: Answer) -> AttemptOutcome:
    if answer.late:
        return AttemptOutcome.TIMED_OUT
    return AttemptOutcome.DELIVERED if 200 <= answer.status < 300 else AttemptOutcome.REFUSED  # noqa: PLR2004


def _headers(url: WebhookUrl, message: Message, signed: str, timestamp: int) -> Headers:
    return [
        (b"host", url.origin.authority.encode()),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(message.body)).encode()),
        (b"user-agent", _USER_AGENT),
        (b"webhook-id", message.event_id.encode()),
        (b"webhook-timestamp", str(timestamp).encode()),
        (b"webhook-signature", signed.encode()),
    ]


def _retry_after(headers: Headers, now: float) -> int | None:
    values = [value for name, value in headers if name.lower() == b"retry-after"]
    return retry_after_s(values[0].decode("latin-1"), now) if values else None


def _text(body: bytes) -> str:
    """Return the beginning as text that can be stored and shown: one line, nothing that steers a terminal or a page."""
    text = body[: 4 * _KEPT_TEXT].decode("utf-8", "replace")
    return "".join(map(_shown, text)).encode()[:_KEPT_TEXT].decode("utf-8", "ignore")


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    # Controls, formats (marks of direction are some), surrogates, private and unassigned ones.
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character)[0] == "C" else character
