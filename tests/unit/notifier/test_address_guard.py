"""What a resolver may answer, and how long it may take."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.notifier.address_guard import AddressGuard, AddressRefused, NameNotFound
from services.notifier.deadline import Deadline
from shared.contracts.webhook_url import AllowedHosts
from tests.unit.contracts.address_forms import PUBLIC, SCOPED, SPECIAL


class Answers:
    """A resolver that gives these answers one after the other, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def soon() -> Deadline:
    return Deadline.after(5)


def addresses(*answers: Sequence[str], allowed: str = "", host: str = "clinic.example") -> Sequence[str]:
    return AddressGuard(AllowedHosts.parse(allowed), Answers(*answers)).addresses(host, 443, soon())


@pytest.mark.parametrize(("address", "kind"), SPECIAL + SCOPED)
def test_one_special_answer_is_enough(address: str, kind: str) -> None:
    for answer in ([address], ["8.8.8.8", address], [address, "2a00:1450:4001::1"]):
        with pytest.raises(AddressRefused) as refused:
            addresses(answer)
        assert refused.value.kind == kind


@pytest.mark.parametrize("address", PUBLIC)
def test_public_answers_come_back_in_their_order(address: str) -> None:
    assert addresses(["9.9.9.9", address, "8.8.8.8"]) == ["9.9.9.9", address, "8.8.8.8"]


def test_an_answer_that_is_no_address_is_refused() -> None:
    with pytest.raises(AddressRefused, match="not_an_address"):
        addresses(["8.8.8.8", "127.1"])


def test_each_attempt_asks_once_and_checks_again() -> None:
    resolve = Answers(["8.8.8.8"], ["127.0.0.1"])
    guard = AddressGuard(AllowedHosts(), resolve)
    assert guard.addresses("rebind.example", 443, soon()) == ["8.8.8.8"]
    assert resolve.asked == [("rebind.example", 443)]
    with pytest.raises(AddressRefused, match="loopback"):
        guard.addresses("rebind.example", 443, soon())


def test_an_address_is_not_looked_up() -> None:
    assert addresses(host="8.8.4.4") == ["8.8.4.4"]
    with pytest.raises(AddressRefused, match="loopback"):
        addresses(host="::1")


def test_the_operators_own_hosts_may_lead_anywhere() -> None:
    assert addresses(["10.0.0.7"], allowed="clinic.example") == ["10.0.0.7"]
    assert addresses(["10.0.0.7"], allowed="clinic.example:443") == ["10.0.0.7"]
    assert addresses(host="127.0.0.1", allowed="127.0.0.1:443") == ["127.0.0.1"]
    with pytest.raises(AddressRefused):
        addresses(["10.0.0.7"], allowed="clinic.example:8443")


def test_no_answer_is_no_name() -> None:
    def fail(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    with pytest.raises(NameNotFound):
        addresses([])
    with pytest.raises(NameNotFound):
        AddressGuard(AllowedHosts(), fail).addresses("clinic.example", 443, soon())


def test_a_resolver_that_hangs_costs_the_time_that_it_was_given_and_others_nothing() -> None:
    over = threading.Event()

    def hang(host: str, _port: int) -> Sequence[str]:
        if host == "slow.example":
            over.wait(20)
        return ["8.8.8.8"]

    guard = AddressGuard(AllowedHosts(), hang)
    with ThreadPoolExecutor(20) as pool:
        began = time.monotonic()
        slow = [pool.submit(guard.addresses, "slow.example", 443, Deadline.after(3)) for _ in range(19)]
        assert guard.addresses("quick.example", 443, soon()) == ["8.8.8.8"]
        assert time.monotonic() - began < 2.5
        for each in slow:
            with pytest.raises(TimeoutError):
                each.result()
        assert 3 <= time.monotonic() - began < 10
    over.set()


def test_look_ups_that_hang_do_not_pile_up_without_end() -> None:
    over, begun = threading.Event(), threading.Semaphore(0)

    def hang(_host: str, _port: int) -> Sequence[str]:
        begun.release()
        over.wait(20)
        return ["8.8.8.8"]

    guard = AddressGuard(AllowedHosts(), hang)
    for _ in range(70):
        with pytest.raises(TimeoutError):
            guard.addresses("slow.example", 443, Deadline.after(0.01))
    assert sum(begun.acquire(blocking=False) for _ in range(70)) == 64
    over.set()
    assert guard.addresses("slow.example", 443, soon()) == ["8.8.8.8"]
