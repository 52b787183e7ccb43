"""Kept connections: used again, given up in time, and never the reason why something fails or comes twice."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.notifier.delivery import Limits, Message, Sender
from shared.contracts.enums import AttemptOutcome
from tests.integration.notifier.conftest import BODY, SECRET, SHORT, MakeSender, message
from tests.integration.notifier.network import Network
from tests.integration.notifier.receivers import Receiver, answer, drip, flood, hang_up, reset, say, stall, until


def outcomes(sender: Sender, receiver: Receiver, count: int) -> list[AttemptOutcome]:
    return [sender.send(message(receiver.url)).outcome for _ in range(count)]


def test_a_connection_is_used_again(sender: Sender) -> None:
    with Receiver([answer(200, b"ok")]) as receiver:
        assert outcomes(sender, receiver, 5) == [AttemptOutcome.DELIVERED] * 5
    assert (receiver.connections, len(receiver.requests)) == (1, 5)


@pytest.mark.parametrize("closes_after_s", [0, 0.0005, 0.001, 0.002])
def test_a_receiver_that_closes_after_each_answer(sender: Sender, closes_after_s: float) -> None:
    with Receiver([answer(200, b"ok", closes_after_s=closes_after_s)]) as receiver:
        assert outcomes(sender, receiver, 40) == [AttemptOutcome.DELIVERED] * 40
    assert len(receiver.requests) >= 40


def test_a_connection_that_has_ended_is_not_written_to(sender: Sender) -> None:
    with Receiver([answer(200, closes_after_s=0)]) as receiver:
        for _ in range(10):
            sender.send(message(receiver.url))
            time.sleep(0.02)
    assert (receiver.connections, len(receiver.requests)) == (10, 10)


@pytest.mark.parametrize("ending", [hang_up, reset])
def test_if_it_ends_under_the_request_a_new_one_is_tried(sender: Sender, ending: object) -> None:
    assert callable(ending)
    with Receiver([answer(), ending, answer()]) as receiver:
        assert outcomes(sender, receiver, 3) == [AttemptOutcome.DELIVERED] * 3
    assert [seen.connection for seen in receiver.requests] == [1, 1, 2, 2]
    assert len({seen.headers["webhook-signature"] for seen in receiver.requests[1:3]}) == 1


def test_once_and_no_more(sender: Sender) -> None:
    with Receiver([answer(), hang_up, hang_up, answer()]) as receiver:
        assert outcomes(sender, receiver, 2) == [AttemptOutcome.DELIVERED, AttemptOutcome.UNREACHABLE]
    assert len(receiver.requests) == 3


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (say(b"H"), AttemptOutcome.UNREACHABLE),
        (say(b"HTTP/1.1 200 OK\r\nX-Ha"), AttemptOutcome.UNREACHABLE),
        (say(b"nonsense\r\n\r\n"), AttemptOutcome.MALFORMED),
        (stall, AttemptOutcome.TIMED_OUT),
        (say(b"HTTP/1.1 2", then_stall=True), AttemptOutcome.TIMED_OUT),
    ],
)
def test_nothing_is_sent_again_after_a_byte_of_an_answer_or_in_vain(
    hasty: Sender, behaviour: object, outcome: AttemptOutcome
) -> None:
    assert callable(behaviour)
    with Receiver([answer(), behaviour, answer()]) as receiver:
        assert outcomes(hasty, receiver, 2) == [AttemptOutcome.DELIVERED, outcome]
        assert len(receiver.requests) == 2
        assert outcomes(hasty, receiver, 1) == [AttemptOutcome.DELIVERED]
    assert [seen.connection for seen in receiver.requests] == [1, 1, 2]


@pytest.mark.parametrize("ending", [hang_up, reset])
def test_a_new_connection_that_ends_is_a_failure(sender: Sender, ending: object) -> None:
    assert callable(ending)
    with Receiver([ending, answer()]) as receiver:
        assert outcomes(sender, receiver, 1) == [AttemptOutcome.UNREACHABLE]
    assert len(receiver.requests) == 1


def test_each_attempt_has_its_own_time_on_a_kept_connection(hasty: Sender) -> None:
    slow = answer(200, after_s=SHORT.total_s * 0.6)
    with Receiver([slow, slow, drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 99)]) as receiver:
        assert outcomes(hasty, receiver, 2) == [AttemptOutcome.DELIVERED] * 2
        began = time.monotonic()
        assert outcomes(hasty, receiver, 1) == [AttemptOutcome.TIMED_OUT]
        assert SHORT.total_s <= time.monotonic() - began < SHORT.total_s + 4
    assert [seen.connection for seen in receiver.requests] == [1, 1, 1]


def test_an_answer_that_came_before_the_request_is_none(sender: Sender) -> None:
    planted = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with Receiver([say(planted * 2, stays=True), answer(500)]) as receiver:
        assert outcomes(sender, receiver, 2) == [AttemptOutcome.DELIVERED, AttemptOutcome.REFUSED]
    assert receiver.requests[-1].connection == 2


@pytest.mark.parametrize(
    "behaviour",
    [
        flood(1 << 20),
        answer(200, headers={"Connection": "close"}),
        say(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", stays=True),
    ],
)
def test_what_was_not_read_to_its_end_or_is_not_to_stay_is_closed(sender: Sender, behaviour: object) -> None:
    assert callable(behaviour)
    with Receiver([behaviour, answer()]) as receiver:
        assert outcomes(sender, receiver, 2) == [AttemptOutcome.DELIVERED] * 2
    assert [seen.connection for seen in receiver.requests] == [1, 2]


def test_an_idle_connection_is_closed_after_a_while(make_sender: MakeSender) -> None:
    sender = make_sender(allowed="127.0.0.1", limits=Limits(idle_s=0.1))
    with Receiver() as receiver:
        assert outcomes(sender, receiver, 2) == [AttemptOutcome.DELIVERED] * 2
        time.sleep(0.15)
        assert outcomes(sender, receiver, 1) == [AttemptOutcome.DELIVERED]
    assert [seen.connection for seen in receiver.requests] == [1, 1, 2]


def test_idle_connections_can_be_closed_without_sending(make_sender: MakeSender) -> None:
    sender = make_sender(allowed="127.0.0.1", limits=Limits(idle_s=0.1))
    with Receiver([answer()]) as receiver:
        outcomes(sender, receiver, 1)
        (line,) = sender._connections._idle
        sender.close_idle()
        assert line.is_idle()
        time.sleep(0.15)
        sender.close_idle()
        assert not line.is_idle()
        assert sender._connections._idle == []


def test_only_so_many_are_kept(make_sender: MakeSender) -> None:
    sender = make_sender(allowed="127.0.0.1", limits=Limits(kept=2))
    with Receiver() as first, Receiver() as second, Receiver() as third:
        for receiver in (first, second, third, third, second, first):
            assert outcomes(sender, receiver, 1) == [AttemptOutcome.DELIVERED]
        assert len(sender._connections._idle) == 2
    assert [first.connections, second.connections, third.connections] == [2, 1, 1]


def test_after_the_end_nothing_is_kept(sender: Sender) -> None:
    with Receiver() as receiver:
        outcomes(sender, receiver, 1)
        sender.close()
        assert outcomes(sender, receiver, 1) == [AttemptOutcome.DELIVERED]
        assert sender._connections._idle == []


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads change places a hundred times as often as usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 100)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("restless")
def test_32_threads_each_get_their_own_answer(make_sender: MakeSender) -> None:
    """One of the receivers closes when it likes. Nobody gets another's answer, nothing gets lost."""
    sender = make_sender(allowed="127.0.0.1")
    stays, leaves = answer(200, b"ok"), answer(404, b"no", closes_after_s=0.0003)
    with Receiver([stays]) as first, Receiver([leaves]) as second, Receiver([stays]) as third:
        receivers = {first.url: first, second.url: second, third.url: third}

        def send(number: int) -> tuple[str, int | None, str]:
            url = list(receivers)[number % 3]
            sent = Message(url=url, event_id=f"evt_{number}", body=BODY, secrets=[SECRET])
            done = sender.send(sent)
            return url, done.status, done.response

        with ThreadPoolExecutor(32) as pool:
            found = Counter(pool.map(send, range(1500)))
    assert found == {(first.url, 200, "ok"): 500, (second.url, 404, "no"): 500, (third.url, 200, "ok"): 500}
    for receiver in (first, third):
        assert Counter(seen.headers["webhook-id"] for seen in receiver.requests).most_common(1)[0][1] == 1
        assert receiver.connections <= 64
    assert len({seen.headers["webhook-id"] for seen in second.requests}) == 500


def test_a_kept_connection_stays_on_the_address_that_was_checked(make_sender: MakeSender) -> None:
    network = Network(names={"moves.example": [["127.0.0.1"], ["127.0.0.2"]]})
    with Receiver([answer(), answer(closes_after_s=0), answer()]) as receiver:
        sender = make_sender(network, allowed="moves.example")
        url = f"http://moves.example:{receiver.port}/hook"
        assert sender.send(message(url)).outcome is AttemptOutcome.DELIVERED
        assert sender.send(message(url)).outcome is AttemptOutcome.DELIVERED
        assert (network.asked, network.dialled) == (["moves.example"], [("127.0.0.1", receiver.port)])
        until(lambda: sender.send(message(url)).outcome is AttemptOutcome.UNREACHABLE)
    assert network.dialled[-1] == ("127.0.0.2", receiver.port)


def test_proxies_of_the_environment_are_ignored(make_sender: MakeSender, monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as receiver, Receiver(mute=b"") as deaf, Receiver() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        sender = make_sender(allowed="127.0.0.1")
        assert outcomes(sender, receiver, 1) == [AttemptOutcome.DELIVERED]
        secure = deaf.url.replace("http://", "https://")
        assert sender.send(message(secure)).outcome is AttemptOutcome.UNREACHABLE
    assert (receiver.connections, deaf.connections, proxy.connections) == (1, 1, 0)
