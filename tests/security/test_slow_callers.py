"""Callers who take their time, on bare sockets against the gateway as it is served: each ends, and keeps nobody out.

The limits are those of the settings, made short. What is measured is how long a connection lasts, and how long a good
caller waits beside the bad ones.
"""

import contextlib
import select
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest

from services.gateway.headers import ALWAYS
from shared.contracts.enums import Scope
from tests.integration.gateway.conftest import serving
from tests.integration.gateway.photos import jpeg, submit
from tests.security.conftest import Served

HEAD_S: Final = 1.0
BODY_IDLE_S: Final = 0.8
BODY_TOTAL_S: Final = 2.5
UNREAD_S: Final = 1.0
HEADS: Final = 80
PLACES: Final = 20
# A busy machine is late; what is shown is that there is an end, not the millisecond.
SLACK_S: Final = 4.0


@pytest.fixture(scope="module")
def hasty(served: Served) -> Iterator[str]:
    short = {
        "head_timeout_s": HEAD_S,
        "max_open_heads": HEADS,
        "body_idle_timeout_s": BODY_IDLE_S,
        "body_total_timeout_s": BODY_TOTAL_S,
        "unread_timeout_s": UNREAD_S,
        "bodies_per_key": PLACES,
    }
    with serving(served.settings.model_copy(update=short)) as url:
        yield url


def connect(url: str, receive_buffer: int | None = None) -> socket.socket:
    place = urlsplit(url)
    peer = socket.socket()
    if receive_buffer is not None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    peer.settimeout(10)
    peer.connect((str(place.hostname), int(place.port or 0)))
    return peer


@contextlib.contextmanager
def crowd(url: str, count: int, start: bytes = b"") -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(connect(url)) for _ in range(count)]
        for peer in peers:
            peer.sendall(start)
        yield peers


@dataclass
class Ended:
    after_s: float
    answer: bytes


def drip(peers: Sequence[socket.socket], piece: bytes, within_s: float, beside: Callable[[], None]) -> list[Ended]:
    """Send a piece on each connection every tenth of a second until all have ended; do `beside` in between."""
    began, ended = time.monotonic(), dict[socket.socket, Ended]()
    heard = dict.fromkeys(peers, b"")
    while len(ended) < len(peers):
        assert time.monotonic() - began < within_s, f"{len(peers) - len(ended)} of {len(peers)} are still open"
        alive = [peer for peer in peers if peer not in ended]
        for peer in alive:
            with contextlib.suppress(OSError):
                peer.sendall(piece)
        for peer in select.select(alive, [], [], 0.1)[0]:
            with contextlib.suppress(ConnectionResetError):
                if more := peer.recv(65536):
                    heard[peer] += more
                    continue
            ended[peer] = Ended(time.monotonic() - began, heard[peer])
        beside()
    return [ended[peer] for peer in peers]


def good_caller(client: httpx.Client, waits: list[float]) -> Callable[[], None]:
    """Somebody with nothing to do with it, who opens a connection of his own each time."""

    def call() -> None:
        began = time.monotonic()
        assert client.get("/v1/cases", headers={"Connection": "close"}).status_code == 200
        waits.append(time.monotonic() - began)

    return call


def head(*lines: str, length: int) -> bytes:
    fixed = ["POST /v1/cases HTTP/1.1", "Host: x", "Content-Type: multipart/form-data; boundary=b"]
    return "\r\n".join([*fixed, f"Content-Length: {length}", *lines, "", ""]).encode()


@pytest.fixture
def client(served: Served, hasty: str) -> Iterator[httpx.Client]:
    key = served.new_clinic(Scope.CASES_WRITE, Scope.CASES_READ)
    with httpx.Client(
        base_url=hasty, headers={"Authorization": f"Bearer {key.key}"}, timeout=20, trust_env=False
    ) as client:
        yield client


def test_heads_that_come_a_byte_at_a_time_end_and_keep_nobody_out(hasty: str, client: httpx.Client) -> None:
    waits: list[float] = []
    with crowd(hasty, HEADS - 20, b"GET /v1/cases HTTP/1.1\r\nHost: x\r\nX-Slow: ") as peers:
        ended = drip(peers, b"a", HEAD_S + SLACK_S, good_caller(client, waits))
    assert {each.answer.partition(b"\r\n")[0] for each in ended} == {b"HTTP/1.1 408 Request Timeout"}
    assert min(each.after_s for each in ended) > HEAD_S / 2
    assert max(waits) < 1, "a good caller waits no longer than he would anyway"


def test_whoever_says_nothing_is_not_waited_for(hasty: str) -> None:
    with crowd(hasty, 5) as peers:
        ended = drip(peers, b"", HEAD_S + SLACK_S, lambda: None)
    assert [each.answer for each in ended] == [b""] * 5


def test_more_connections_than_may_owe_a_head_end_the_oldest(hasty: str, client: httpx.Client) -> None:
    waits: list[float] = []
    call = good_caller(client, waits)
    with crowd(hasty, 4 * HEADS, b"GET / HTTP/1.1\r\n") as peers:
        call()
        closed = select.select(peers, [], [], 0.5)[0]
        assert 3 * HEADS <= len(closed) < 4 * HEADS, "the newest are left"
        assert set(closed) == set(peers[: len(closed)]), "the oldest went"
        call()
    assert max(waits) < 1


def test_a_second_request_may_be_a_while_in_coming_but_not_its_head(hasty: str) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(hasty) as peer:
        for _ in range(2):
            peer.sendall(request)
            assert peer.recv(4096).startswith(b"HTTP/1.1 200")
            time.sleep(HEAD_S * 1.5)  # longer than a head may take, shorter than a connection is kept
        peer.sendall(request[:10])
        (ended,) = drip([peer], b"", HEAD_S + SLACK_S, lambda: None)
    assert ended.answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    "start",
    [
        b"GET /" + b"a" * 100_000,
        b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000,
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"a" * 100) for n in range(1000)),
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + b"a" * 5_000_000,
    ],
    ids=["path", "one header", "many headers", "a whole head", "five megabytes"],
)
def test_a_head_is_only_so_large(hasty: str, start: bytes) -> None:
    with connect(hasty) as peer:
        with contextlib.suppress(OSError):
            peer.sendall(start)
        (ended,) = drip([peer], b"", SLACK_S, lambda: None)
    if ended.answer:  # what was still on its way may have reset the connection before the answer was read
        assert ended.answer.startswith(b"HTTP/1.1 431"), ended.answer[:200]
    assert ended.after_s < HEAD_S


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"hello\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        (b"GET http://[ HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"POST /v1/cases HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
        (
            b"POST /v1/cases HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
    ],
)
def test_what_is_no_request_is_refused_like_any_other(hasty: str, sent: bytes, status: int) -> None:
    """Two lengths, or a length and chunks, are what smuggles one request inside another past a proxy."""
    with connect(hasty) as peer:
        peer.sendall(sent)
        (ended,) = drip([peer], b"", SLACK_S, lambda: None)
    first, _, body = ended.answer.partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 %d" % status), ended.answer
    lines = dict(line.split(": ", 1) for line in first.decode().split("\r\n")[1:])
    assert lines.items() >= ALWAYS.items()
    assert "default-src 'none'" in lines["Content-Security-Policy"]
    assert b"urn:lesionlens:problem:" in body


def test_bodies_that_come_a_byte_at_a_time_end_and_take_nobodys_place(
    served: Served, hasty: str, client: httpx.Client
) -> None:
    slow = served.new_clinic(Scope.CASES_WRITE)
    start = head(f"Authorization: Bearer {slow.key}", length=100_000) + b"--b\r\n"
    waits: list[float] = []
    seeds = iter(range(1000))

    def submit_well() -> None:
        began = time.monotonic()
        assert submit(client, jpeg(next(seeds) % 4)).status_code == 202
        waits.append(time.monotonic() - began)

    with crowd(hasty, PLACES, start) as peers:
        submit_well()
        with connect(hasty) as one_more:
            one_more.sendall(start)
            assert one_more.recv(4096).startswith(b"HTTP/1.1 429"), "its own key has no place left"
        ended = drip(peers, b"-", BODY_IDLE_S + SLACK_S, submit_well)
        assert {each.answer.partition(b"\r\n")[0] for each in ended} == {b"HTTP/1.1 408 Request Timeout"}
        assert min(each.after_s for each in ended) > BODY_IDLE_S / 2
    assert max(waits) < 2
    # The places are free again.
    with connect(hasty) as again:
        again.sendall(start)
        assert not select.select([again], [], [], 0.2)[0]


def test_a_body_in_json_has_an_end_too(served: Served, hasty: str) -> None:
    key = served.new_clinic(Scope.CASES_WRITE, Scope.WEBHOOKS_MANAGE)
    start = (
        f"POST /v1/webhook-endpoints HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key.key}\r\n"
        "Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"
    )
    with crowd(hasty, 3, start.encode()) as peers:
        ended = drip(peers, b" ", BODY_TOTAL_S + SLACK_S, lambda: None)
    assert {each.answer.partition(b"\r\n")[0] for each in ended} == {b"HTTP/1.1 408 Request Timeout"}


def test_a_slow_line_is_no_attack(hasty: str, client: httpx.Client) -> None:
    """Some kilobytes a second for longer than the longest silence: as from a phone at the edge of its network."""
    photo = jpeg(0)
    start = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
    body = start + photo + b"\r\n--b--\r\n"
    key = client.headers["Authorization"]
    piece = max(400, len(body) // 16)
    with connect(hasty) as peer:
        peer.sendall(head(f"Authorization: {key}", length=len(body)))
        for at in range(0, len(body), piece):
            peer.sendall(body[at : at + piece])
            time.sleep(0.1)
        assert peer.recv(4096).startswith(b"HTTP/1.1 202")


def test_an_answer_that_nobody_reads_is_cut_off(hasty: str, client: httpx.Client) -> None:
    request = b"GET /docs/assets/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n"
    whole = len(client.get("/docs/assets/swagger-ui-bundle.js").content)
    asked = 40
    with connect(hasty, receive_buffer=4096) as peer:
        peer.sendall(request * asked)
        time.sleep(UNREAD_S * 2.5)
        received = 0
        with contextlib.suppress(ConnectionResetError):
            while more := peer.recv(1 << 20):
                received += len(more)
    assert received < whole * asked / 2
