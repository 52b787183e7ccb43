"""Which addresses are tried, for how long, and what comes of it. Nothing is connected: the network is handed in."""

import socket
import ssl

import httpcore
import pytest

from services.notifier.address_guard import AddressGuard
from services.notifier.deadline import Deadline
from services.notifier.dialer import Dialer
from shared.contracts.webhook_url import AllowedHosts, Origin

ORIGIN = Origin("http", "clinic.example", 80)


class Roads:
    """Each address fails as it is told to, or leads to a socket; keeps what was dialled and for how long."""

    def __init__(self, **ends: Exception | None) -> None:
        self._ends = {name.replace("_", "."): end for name, end in ends.items()}
        self.dialled: list[tuple[str, float]] = []
        self.made: list[socket.socket] = []

    def addresses(self, _host: str, _port: int) -> list[str]:
        return [address.removeprefix("a.") for address in self._ends]

    def dial(self, address: str, _port: int, timeout_s: float) -> socket.socket:
        self.dialled.append((address, timeout_s))
        if (end := self._ends[f"a.{address}"]) is not None:
            raise end
        made, other = socket.socketpair()
        self.made += [made, other]
        return made


def dialer(roads: Roads, connect_s: float = 5) -> Dialer:
    guard = AddressGuard(AllowedHosts(), roads.addresses)
    return Dialer(guard, ssl.create_default_context(), connect_s=connect_s, dial=roads.dial)


def test_the_second_address_is_tried_in_the_time_that_the_first_left() -> None:
    roads = Roads(a_8_8_8_8=TimeoutError(), a_9_9_9_9=None)
    dialer(roads).connect(ORIGIN, Deadline.after(15)).close()
    (first, first_s), (second, second_s) = roads.dialled
    assert (first, second) == ("8.8.8.8", "9.9.9.9")
    assert first_s == pytest.approx(2.5, abs=0.2)
    assert second_s == pytest.approx(5, abs=0.3)
    for each in roads.made:
        each.close()


def test_many_addresses_do_not_get_too_little_each() -> None:
    names = {f"a_8_8_8_{number}": OSError() for number in range(20)}
    roads = Roads(**names)
    with pytest.raises(httpcore.ConnectError):
        dialer(roads).connect(ORIGIN, Deadline.after(15))
    assert len(roads.dialled) == 20
    assert min(seconds for _, seconds in roads.dialled) == pytest.approx(1, abs=0.1)


def test_the_last_failure_says_what_it_was() -> None:
    with pytest.raises(httpcore.ConnectTimeout):
        dialer(Roads(a_8_8_8_8=ConnectionRefusedError(), a_9_9_9_9=TimeoutError())).connect(ORIGIN, Deadline.after(15))
    with pytest.raises(httpcore.ConnectError):
        dialer(Roads(a_8_8_8_8=TimeoutError(), a_9_9_9_9=ConnectionRefusedError())).connect(ORIGIN, Deadline.after(15))


def test_the_whole_ends_it_even_if_connecting_might_take_longer() -> None:
    roads = Roads(a_8_8_8_8=None)
    with pytest.raises(httpcore.ConnectTimeout):
        dialer(roads).connect(ORIGIN, Deadline.after(0))
    assert roads.dialled == []
