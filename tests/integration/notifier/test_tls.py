"""The connection goes to the checked address; the name in TLS, in the certificate and in `Host` is the URL's."""

import socket
import time

import pytest
import trustme

from services.notifier.delivery import Limits
from shared.contracts.enums import AttemptOutcome
from tests.integration.notifier.conftest import SHORT, MakeSender, message, server_tls
from tests.integration.notifier.network import Network
from tests.integration.notifier.receivers import Receiver, answer, say

ADDRESS = "93.184.215.14"
# A TLS record that begins a handshake of 16 kB and does not come to its end.
SLOW_HANDSHAKE = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + b"\x03" * 400


@pytest.mark.parametrize(
    ("url", "port", "host", "name"),
    [
        ("https://clinic.example/hook", 443, "clinic.example", "clinic.example"),
        ("https://Clinic.Example.:8443/hook", 8443, "clinic.example:8443", "clinic.example"),
        ("https://bücher.example/", 443, "xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_the_original_name_over_the_checked_address(
    make_sender: MakeSender, authority: trustme.CA, url: str, port: int, host: str, name: str
) -> None:
    network = Network(names={name: [[ADDRESS]]})
    with Receiver(tls=server_tls(authority, name)) as receiver:
        network.ports[ADDRESS] = receiver.port
        sender = make_sender(network)
        assert [sender.send(message(url)).status for _ in range(3)] == [200, 200, 200]
    assert network.asked == [name]
    assert network.dialled == [(ADDRESS, port)]
    assert receiver.names == [name]
    assert {seen.headers["host"] for seen in receiver.requests} == {host}
    assert receiver.connections == 1


def test_a_url_with_an_address_needs_a_certificate_for_it(make_sender: MakeSender, authority: trustme.CA) -> None:
    network = Network()
    with Receiver(tls=server_tls(authority, ADDRESS)) as receiver:
        network.ports[ADDRESS] = receiver.port
        sender = make_sender(network)
        assert sender.send(message(f"https://{ADDRESS}/")).status == 200
        assert receiver.names == [None]
        network.ports["8.8.8.8"] = receiver.port
        assert sender.send(message("https://8.8.8.8/")).outcome is AttemptOutcome.UNREACHABLE
    assert (network.asked, len(receiver.requests)) == ([], 1)


def test_a_certificate_for_another_name_is_refused(make_sender: MakeSender, authority: trustme.CA) -> None:
    network = Network(names={"clinic.example": [[ADDRESS]]})
    with Receiver(tls=server_tls(authority, "other.example", ADDRESS)) as receiver:
        network.ports[ADDRESS] = receiver.port
        done = make_sender(network).send(message("https://clinic.example/"))
    assert (done.outcome, done.status) == (AttemptOutcome.UNREACHABLE, None)
    assert (receiver.connections, receiver.requests) == (1, [])


def test_a_certificate_of_another_authority_is_refused(make_sender: MakeSender) -> None:
    network = Network(names={"clinic.example": [[ADDRESS]]})
    with Receiver(tls=server_tls(trustme.CA(), "clinic.example")) as receiver:
        network.ports[ADDRESS] = receiver.port
        done = make_sender(network).send(message("https://clinic.example/"))
    assert (done.outcome, receiver.requests) == (AttemptOutcome.UNREACHABLE, [])


def test_the_operators_own_hosts_are_asked_for_their_certificate_too(
    make_sender: MakeSender, authority: trustme.CA
) -> None:
    with Receiver(tls=server_tls(authority, "other.example")) as receiver:
        sender = make_sender(allowed="127.0.0.1")
        done = sender.send(message(receiver.url.replace("http://", "https://")))
    assert (done.outcome, receiver.requests) == (AttemptOutcome.UNREACHABLE, [])


@pytest.mark.parametrize("mute", [SLOW_HANDSHAKE, b"\x16" * 400])
def test_a_slow_handshake_ends_with_the_whole(make_sender: MakeSender, mute: bytes) -> None:
    began = time.monotonic()
    with Receiver(mute=mute) as receiver:
        network = Network(names={"clinic.example": [[ADDRESS]]}, ports={ADDRESS: receiver.port})
        done = make_sender(network, limits=SHORT).send(message("https://clinic.example/"))
    took = time.monotonic() - began
    if mute is SLOW_HANDSHAKE:
        assert done.outcome is AttemptOutcome.TIMED_OUT
        assert SHORT.total_s <= took < SHORT.total_s + 4
    assert done.outcome in {AttemptOutcome.TIMED_OUT, AttemptOutcome.UNREACHABLE}


def test_a_slow_body_under_tls_ends_with_the_whole(make_sender: MakeSender, authority: trustme.CA) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    with Receiver([say(head, then_stall=True)], tls=server_tls(authority, "clinic.example")) as receiver:
        network = Network(names={"clinic.example": [[ADDRESS]]}, ports={ADDRESS: receiver.port})
        began = time.monotonic()
        done = make_sender(network, limits=SHORT).send(message("https://clinic.example/"))
        assert (done.outcome, done.status) == (AttemptOutcome.TIMED_OUT, 200)
        assert SHORT.total_s <= time.monotonic() - began < SHORT.total_s + 4


def test_who_speaks_no_tls_is_unreachable(make_sender: MakeSender) -> None:
    with Receiver(mute=b"HTTP/1.1 400 Bad Request\r\n\r\n") as receiver:
        network = Network(names={"clinic.example": [[ADDRESS]]}, ports={ADDRESS: receiver.port})
        done = make_sender(network).send(message("https://clinic.example/"))
    assert done.outcome is AttemptOutcome.UNREACHABLE


def test_connections_that_tls_ends_are_replaced(make_sender: MakeSender, authority: trustme.CA) -> None:
    with Receiver([answer(closes_after_s=0)], tls=server_tls(authority, "clinic.example")) as receiver:
        network = Network(names={"clinic.example": [[ADDRESS]]}, ports={ADDRESS: receiver.port})
        sender = make_sender(network)
        assert [sender.send(message("https://clinic.example/")).status for _ in range(20)] == [200] * 20


def test_a_connection_that_does_not_come_about_costs_less_than_the_whole(make_sender: MakeSender) -> None:
    """A listener whose queue is full does not answer who knocks."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        knocking = [socket.socket() for _ in range(4)]
        for each in knocking:
            each.setblocking(False)  # noqa: FBT003 - the signature of the socket
            each.connect_ex(("127.0.0.1", port))
        time.sleep(0.05)
        roomy_in_all = Limits(connect_s=SHORT.connect_s, total_s=10)
        began = time.monotonic()
        done = make_sender(allowed="127.0.0.1", limits=roomy_in_all).send(message(f"http://127.0.0.1:{port}/"))
        took = time.monotonic() - began
        for each in knocking:
            each.close()
    assert done.outcome is AttemptOutcome.TIMED_OUT
    assert SHORT.connect_s <= took < roomy_in_all.total_s / 2
