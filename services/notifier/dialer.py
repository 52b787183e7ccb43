"""New connections: to the address that was checked, and under TLS with the name that the URL says."""

import socket
import ssl
from collections.abc import Callable, Sequence

import httpcore

from services.notifier.address_guard import AddressGuard
from services.notifier.deadline import Deadline
from services.notifier.timed_stream import TimedStream
from shared.contracts.webhook_url import Origin

Dial = Callable[[str, int, float], socket.socket]
"""Address, port and seconds to a TCP connection. Raises OSError."""

# What one of several addresses is given at least. The first may be of IPv6 and lead nowhere.
_LEAST_SHARE_S = 1.0


def dial(address: str, port: int, timeout_s: float) -> socket.socket:
    """Connect to an address, never to a name. Raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout_s)
        connection.connect((address, port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connection.close()
        raise
    return connection


class Dialer:
    """`connect_s` is for the look-up and the TCP connection together; the TLS handshake has the time of the whole."""

    def __init__(self, guard: AddressGuard, tls: ssl.SSLContext, *, connect_s: float, dial: Dial = dial) -> None:
        self._guard = guard
        self._tls = tls
        self._connect_s = connect_s
        self._dial = dial

    def connect(self, origin: Origin, deadline: Deadline) -> TimedStream:
        """Connect, and prove who is there. Raises AddressRefused, NameNotFound, ConnectTimeout and ConnectError."""
        soon = deadline.within(self._connect_s)
        try:
            addresses = self._guard.addresses(origin.host, origin.port, soon)
            connection = self._reach(addresses, origin.port, soon)
            if origin.scheme == "https":
                connection = self._wrap(connection, origin.host, deadline)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except OSError as error:
            raise httpcore.ConnectError from error
        return TimedStream(connection)

    def _reach(self, addresses: Sequence[str], port: int, deadline: Deadline) -> socket.socket:
        """Try one address after the other; the last failure counts."""
        failure = OSError("no address")
        for tried, address in enumerate(addresses):
            left = deadline.left_s()
            share = min(left, max(left / (len(addresses) - tried), _LEAST_SHARE_S))
            try:
                return self._dial(address, port, share)
            except OSError as error:
                failure = error
        raise failure

    def _wrap(self, connection: socket.socket, host: str, deadline: Deadline) -> socket.socket:
        try:
            connection.settimeout(deadline.left_s())
            return self._tls.wrap_socket(connection, server_hostname=host)
        except BaseException:
            connection.close()
            raise
