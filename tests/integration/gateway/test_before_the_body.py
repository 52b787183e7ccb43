"""What is decided before the body: seen from a bare socket that counts what it could send."""

import select
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CreatedKey
from services.gateway.settings import GatewaySettings
from shared.contracts.enums import Scope
from shared.db.session import Database
from tests.integration.gateway.conftest import client_of, serving
from tests.integration.gateway.photos import jpeg, submit

PIECE = 16 * 1024


def connect(base_url: str) -> socket.socket:
    address = urlsplit(base_url)
    return socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=10)


def head(*lines: str, length: int | None = 20_000_000) -> bytes:
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    fixed = ["POST /v1/cases HTTP/1.1", "Host: x", "Content-Type: multipart/form-data; boundary=b", size]
    return "\r\n".join([*fixed, *lines, "", ""]).encode()


def read_to_end(peer: socket.socket) -> bytes:
    received = b""
    try:
        while piece := peer.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def send_until_answered(peer: socket.socket, start: bytes, *, chunked: bool = False) -> tuple[int, bytes]:
    """Send the head, then the body in pieces until there is something to read; return the body's bytes sent."""
    peer.sendall(start)
    sent = 0
    while sent < 20_000_000 and not select.select([peer], [], [], 0.1)[0]:
        peer.sendall(b"%x\r\n%b\r\n" % (PIECE, b"\0" * PIECE) if chunked else b"\0" * PIECE)
        sent += PIECE
    return sent, read_to_end(peer)


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([], b"401"),
        (["Authorization: Bearer ll_unknown"], b"401"),
        ([f"Authorization: Bearer ll_{'0' * 8}_{'0' * 40}"], b"401"),
        (["Authorization: Basic eDp5"], b"401"),
    ],
)
@pytest.mark.parametrize("length", [20_000_000, None])
def test_without_a_key_hardly_a_byte_is_read(
    base_url: str, lines: list[str], status: bytes, length: int | None
) -> None:
    with connect(base_url) as peer:
        sent, answer = send_until_answered(peer, head(*lines, length=length), chunked=length is None)
    assert answer.startswith(b"HTTP/1.1 " + status), answer
    assert b"connection: close" in answer.lower()
    assert b"www-authenticate: bearer" in answer.lower()
    assert b'"code":"unauthenticated"' in answer
    assert sent <= 64 * 1024


def test_a_length_beyond_the_limit_is_refused_unread(base_url: str, clinic: CreatedKey) -> None:
    with connect(base_url) as peer:
        sent, answer = send_until_answered(peer, head(f"Authorization: Bearer {clinic.key}"))
    assert answer.startswith(b"HTTP/1.1 413"), answer
    assert b"connection: close" in answer.lower()
    assert sent <= 64 * 1024


def test_nobody_without_a_key_is_asked_to_continue(base_url: str, clinic: CreatedKey) -> None:
    with connect(base_url) as peer:
        peer.sendall(head("Expect: 100-continue"))
        assert read_to_end(peer).startswith(b"HTTP/1.1 401")
    with connect(base_url) as peer:
        peer.sendall(head("Expect: 100-continue", f"Authorization: Bearer {clinic.key}", length=1000))
        assert peer.recv(1000).startswith(b"HTTP/1.1 100")


def test_a_key_without_the_scope(base_url: str, gateway_database: Database) -> None:
    reader = clinics.create_clinic(gateway_database, "Reader", (Scope.CASES_READ,))
    admin = clinics.create_admin(gateway_database, "Operator")
    for key in (reader, admin):
        with connect(base_url) as peer:
            sent, answer = send_until_answered(peer, head(f"Authorization: Bearer {key.key}"))
        assert answer.startswith(b"HTTP/1.1 403"), answer
        assert sent <= 64 * 1024
    with client_of(base_url, reader) as client:
        assert client.get("/v1/cases").status_code == 200
    with client_of(base_url, admin) as client:
        assert client.get("/v1/cases").status_code == 403


@pytest.mark.usefixtures("store", "model_id")
def test_no_connection_to_the_database_is_held_while_a_body_arrives(
    gateway_settings: GatewaySettings, clinic: CreatedKey
) -> None:
    narrow = gateway_settings.model_copy(update={"database_pool_size": 1})
    with serving(narrow) as url, connect(url) as slow, client_of(url, clinic) as client:
        slow.sendall(head(f"Authorization: Bearer {clinic.key}", length=100_000) + b"--b\r\n")
        started = time.monotonic()
        for seed in range(5):
            assert submit(client, jpeg(seed)).status_code == 202
        assert client.get("/readyz").status_code == 200
        assert time.monotonic() - started < 15


@pytest.mark.usefixtures("store", "model_id")
def test_a_body_that_stops_coming_ends(gateway_settings: GatewaySettings, clinic: CreatedKey) -> None:
    hasty = gateway_settings.model_copy(update={"body_idle_timeout_s": 0.3})
    with serving(hasty) as url, connect(url) as slow:
        slow.sendall(head(f"Authorization: Bearer {clinic.key}", length=100_000) + b"--b\r\n")
        answer = read_to_end(slow)
    assert answer.startswith(b"HTTP/1.1 408"), answer
    assert b'"code":"request_timeout"' in answer


def test_a_caller_who_leaves_half_way_leaves_nothing(client: httpx.Client, base_url: str, clinic: CreatedKey) -> None:
    with connect(base_url) as peer:
        peer.sendall(head(f"Authorization: Bearer {clinic.key}", length=100_000) + b"--b\r\n")
    assert client.get("/v1/cases").json()["items"] == []
