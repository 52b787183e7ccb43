"""A certificate authority of the tests, and senders that trust it."""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING, Protocol

import pytest
import trustme

from services.notifier.delivery import Limits, Message, Sender
from shared.contracts.webhook_signature import new_secret
from shared.contracts.webhook_url import AllowedHosts
from tests.integration.notifier.network import Network

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = new_secret()
BODY = b'{"type":"case.completed","data":{"event_id":"evt_1"}}'
# Short, for what has to run out of time; nothing else depends on how busy the machine is.
SHORT = Limits(connect_s=0.3, total_s=0.8)
ROOMY = Limits(connect_s=5, total_s=10)


def message(url: str, *secrets: str) -> Message:
    return Message(url=url, event_id="evt_1", body=BODY, secrets=secrets or (SECRET,))


class MakeSender(Protocol):
    def __call__(self, network: Network | None = None, *, allowed: str = "", limits: Limits = ROOMY) -> Sender: ...


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@pytest.fixture(scope="session")
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    """TLS of the senders: nobody else's certificates count."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


@pytest.fixture
def make_sender(client_tls: ssl.SSLContext) -> Iterator[MakeSender]:
    with contextlib.ExitStack() as stack:

        def make(network: Network | None = None, *, allowed: str = "", limits: Limits = ROOMY) -> Sender:
            network = network or Network()
            hosts = AllowedHosts.parse(allowed)
            sender = Sender(hosts, limits=limits, tls=client_tls, resolve=network.resolve, dial=network.dial)
            stack.callback(sender.close)
            return sender

        yield make


@pytest.fixture
def sender(make_sender: MakeSender) -> Sender:
    """One that may send to this machine."""
    return make_sender(allowed="127.0.0.1")


@pytest.fixture
def hasty(make_sender: MakeSender) -> Sender:
    """One that soon runs out of time."""
    return make_sender(allowed="127.0.0.1", limits=SHORT)


def server_tls(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """TLS of a receiver with a certificate for these names or addresses."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names, key_type=trustme.KeyType.ECDSA).configure_cert(context)
    return context
