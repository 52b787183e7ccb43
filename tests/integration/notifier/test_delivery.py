"""Receivers that answer, refuse, stall, drip, break off and talk without end (R9, one attempt at a time)."""

import time
from collections.abc import Callable

import pytest

from services.notifier.connections import READ_CAP
from services.notifier.delivery import Attempt, Sender
from shared.contracts.enums import AttemptOutcome
from tests.integration.notifier.conftest import BODY, ROOMY, SHORT, MakeSender, message
from tests.integration.notifier.receivers import (
    Behaviour,
    Receiver,
    answer,
    drip,
    flood,
    hang_up,
    reset,
    say,
    stall,
    until,
)

OK = b"HTTP/1.1 200 OK\r\n"
# What a time that is measured on a busy machine may be over the limit.
GRACE_S = 4


def attempt(sender: Sender, *script: Behaviour) -> tuple[Attempt, Receiver]:
    with Receiver(list(script)) as receiver:
        return sender.send(message(receiver.url)), receiver


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_success(sender: Sender, status: int) -> None:
    done, receiver = attempt(sender, answer(status))
    assert (done.outcome, done.status, done.retry_after_s) == (AttemptOutcome.DELIVERED, status, None)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 502, 503, 599])
def test_any_other_status_is_a_refusal(sender: Sender, status: int) -> None:
    done, receiver = attempt(sender, answer(status, b"why"))
    assert (done.outcome, done.status, done.response) == (AttemptOutcome.REFUSED, status, "why")
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_no_redirect_is_followed(sender: Sender, status: int) -> None:
    with Receiver() as target, Receiver([answer(status, headers={"Location": target.url})]) as receiver:
        done = sender.send(message(receiver.url))
    assert (done.outcome, done.status) == (AttemptOutcome.REFUSED, status)
    assert (target.connections, len(receiver.requests)) == (0, 1)


@pytest.mark.parametrize(("status", "asked"), [(429, 7), (503, 7), (500, 7), (302, 7), (200, None)])
def test_retry_after_is_told_unless_it_was_taken(sender: Sender, status: int, asked: int | None) -> None:
    done, _ = attempt(sender, answer(status, headers={"Retry-After": "7"}))
    assert done.retry_after_s == asked


@pytest.mark.parametrize("value", ["soon", "-3", "\xff", ""])
def test_a_retry_after_that_is_none_is_ignored(sender: Sender, value: str) -> None:
    done, _ = attempt(sender, answer(503, headers={"Retry-After": value}))
    assert (done.status, done.retry_after_s) == (503, None)


def test_what_is_sent(sender: Sender) -> None:
    _, receiver = attempt(sender, answer())
    (seen,) = receiver.requests
    assert seen.body == BODY
    assert seen.target == "/hook"
    signature = seen.headers.pop("webhook-signature")
    assert signature.startswith("v1,")
    assert abs(int(seen.headers.pop("webhook-timestamp")) - time.time()) < 5
    assert seen.headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "content-type": "application/json",
        "content-length": str(len(BODY)),
        "user-agent": "Lesionlens-Webhooks/1",
        "webhook-id": "evt_1",
    }


SLOW: dict[str, tuple[Behaviour, int | None]] = {
    "stalls before the head": (stall, None),
    "stalls in the status line": (say(b"HTTP/1.1 2", then_stall=True), None),
    "drips the head": (drip(OK + b"X-Long: " + b"x" * 400), None),
    "drips headers for ever": (drip(b"X-Some: y\r\n" * 400, first=OK), None),
    "stalls after the head": (say(OK + b"Content-Length: 5\r\n\r\n", then_stall=True), 200),
    "drips the body": (drip(b"x" * 400, first=OK + b"Content-Length: 400\r\n\r\n"), 200),
    "drips chunks": (drip(b"1\r\nx\r\n" * 400, first=OK + b"Transfer-Encoding: chunked\r\n\r\n"), 200),
    "drips without a length": (drip(b"x" * 400, first=OK + b"Connection: close\r\n\r\n"), 200),
    "stalls after a 410": (say(b"HTTP/1.1 410 Gone\r\nContent-Length: 5\r\n\r\n", then_stall=True), 410),
    "goes on with 1xx": (drip(b"HTTP/1.1 102 Processing\r\n\r\n" * 20), None),
}


@pytest.mark.parametrize("way", SLOW)
def test_the_wall_clock_ends_it(hasty: Sender, way: str) -> None:
    behaviour, status = SLOW[way]
    began = time.monotonic()
    done, receiver = attempt(hasty, behaviour)
    took = time.monotonic() - began
    assert (done.outcome, done.status) == (AttemptOutcome.TIMED_OUT, status)
    assert SHORT.total_s <= took < SHORT.total_s + GRACE_S
    assert done.latency_ms == pytest.approx(took * 1000, abs=1000)
    assert len(receiver.requests) == 1


BROKEN: dict[str, tuple[Behaviour, AttemptOutcome]] = {
    "resets": (reset, AttemptOutcome.UNREACHABLE),
    "hangs up": (hang_up, AttemptOutcome.UNREACHABLE),
    "hangs up in the head": (say(OK + b"X-Half"), AttemptOutcome.UNREACHABLE),
    "speaks another protocol": (say(b"220 mail.example ESMTP\r\n\r\n"), AttemptOutcome.MALFORMED),
    "speaks no protocol": (say(b"\x00\x01\x02\xff" * 100 + b"\r\n\r\n"), AttemptOutcome.MALFORMED),
    "has a header that is none": (say(OK + b"no colon\r\n\r\n"), AttemptOutcome.MALFORMED),
    "has a length that is none": (say(OK + b"Content-Length: many\r\n\r\n"), AttemptOutcome.MALFORMED),
    "has two lengths": (say(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), AttemptOutcome.MALFORMED),
    "has a status that is none": (say(b"HTTP/1.1 99999 Word\r\n\r\n"), AttemptOutcome.MALFORMED),
    "has a head without end": (say(OK + b"X-Long: " + b"x" * 50_000), AttemptOutcome.MALFORMED),
    "has headers without end": (say(OK + b"X-Some: y\r\n" * 5000), AttemptOutcome.MALFORMED),
    "goes on with 1xx": (say(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000), AttemptOutcome.MALFORMED),
}


@pytest.mark.parametrize("way", BROKEN)
def test_whatever_a_receiver_does_is_an_outcome(sender: Sender, way: str) -> None:
    behaviour, outcome = BROKEN[way]
    done, receiver = attempt(sender, behaviour)
    assert (done.outcome, done.status, done.response) == (outcome, None, "")
    assert len(receiver.requests) == 1


TORN: dict[str, Callable[[int], Behaviour]] = {
    "too short": lambda status: say(b"HTTP/1.1 %d Word\r\nContent-Length: 50\r\n\r\nhalf" % status),
    "no chunk": lambda status: say(b"HTTP/1.1 %d Word\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n" % status),
}


@pytest.mark.parametrize("way", TORN)
@pytest.mark.parametrize(("status", "outcome"), [(200, AttemptOutcome.DELIVERED), (410, AttemptOutcome.REFUSED)])
def test_the_status_counts_even_if_the_body_is_torn(
    sender: Sender, way: str, status: int, outcome: AttemptOutcome
) -> None:
    done, _ = attempt(sender, TORN[way](status))
    assert (done.outcome, done.status) == (outcome, status)


def test_interim_answers_are_passed_over(sender: Sender) -> None:
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    done, _ = attempt(sender, say(early + b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok"))
    assert (done.outcome, done.status, done.response) == (AttemptOutcome.DELIVERED, 202, "ok")


def test_nobody_changes_the_protocol(sender: Sender) -> None:
    done, _ = attempt(sender, say(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"))
    assert done.outcome in {AttemptOutcome.REFUSED, AttemptOutcome.MALFORMED}


@pytest.mark.parametrize("chunked", [False, True])
def test_of_10_mb_little_is_read(sender: Sender, *, chunked: bool) -> None:
    began = time.monotonic()
    with Receiver([flood(10 << 20, chunked=chunked)]) as receiver:
        done = sender.send(message(receiver.url))
        assert time.monotonic() - began < ROOMY.total_s / 2
        assert (done.outcome, done.status, done.response) == (AttemptOutcome.DELIVERED, 200, "x" * 2000)
        # It could not get rid of more than the buffers of both kernels hold: its connection was closed.
        until(lambda: receiver.sent > 0)
        assert READ_CAP <= receiver.sent < 8 << 20


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", ""),
        ("Grüße".encode(), "Grüße"),
        (b"a\r\nb\tc", "a  b c"),
        (b"\x00\x1b[31mred\x7f", "\ufffd\ufffd[31mred\ufffd"),
        ("\u202egnihton\u2028\u200b".encode(), "\ufffdgnihton \ufffd"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"\xed\xa0\x80", "\ufffd" * 3),
        (b"x" * 5000, "x" * 2000),
        ("ü".encode() * 5000, "ü" * 1000),
        ("a😀".encode() * 1000, "a😀" * 400),
    ],
)
def test_the_answer_is_kept_as_harmless_text(sender: Sender, body: bytes, shown: str) -> None:
    done, _ = attempt(sender, answer(500, body))
    assert done.response == shown


def test_who_is_not_there_is_unreachable(make_sender: MakeSender) -> None:
    with Receiver() as receiver:
        pass
    sender = make_sender(allowed="127.0.0.1, nobody.example")
    for url in (receiver.url, "http://nobody.example/"):
        done = sender.send(message(url))
        assert (done.outcome, done.status) == (AttemptOutcome.UNREACHABLE, None)


def test_secrets_and_contents_do_not_show(sender: Sender) -> None:
    done, receiver = attempt(sender, answer(400, b"Erika"))
    sent = message(receiver.url)
    assert sent.secrets[0] not in repr(sent)
    assert BODY.decode() not in repr(sent)
    assert "Erika" not in repr(done)


def test_nothing_is_sent_without_a_secret(sender: Sender) -> None:
    with Receiver() as receiver:
        with pytest.raises(ValueError, match="not a webhook secret"):
            sender.send(message(receiver.url, "whsec_wrong"))
        assert receiver.connections == 0
