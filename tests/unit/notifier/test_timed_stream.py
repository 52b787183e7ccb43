"""A stream over a pair of sockets: when it ends, and how much it reads."""

import socket
import threading
import time
from collections.abc import Iterator

import httpcore
import pytest

from services.notifier.deadline import Deadline
from services.notifier.timed_stream import AnswerTooLong, TimedStream


@pytest.fixture
def pair() -> Iterator[tuple[TimedStream, socket.socket]]:
    ours, theirs = socket.socketpair()
    stream = TimedStream(ours)
    yield stream, theirs
    stream.close()
    theirs.close()


def test_without_a_request_it_gives_nothing(pair: tuple[TimedStream, socket.socket]) -> None:
    stream, _ = pair
    with pytest.raises(AnswerTooLong):
        stream.read(10)
    with pytest.raises(httpcore.WriteTimeout):
        stream.write(b"x")


def test_not_a_byte_more_than_allowed_is_read(pair: tuple[TimedStream, socket.socket]) -> None:
    stream, theirs = pair
    theirs.sendall(b"x" * 1000)
    stream.begin(Deadline.after(5), 700)
    assert len(stream.read(500)) == 500
    assert len(stream.read(500)) == 200
    with pytest.raises(AnswerTooLong):
        stream.read(500)
    assert stream.received == 700
    stream.begin(Deadline.after(5), 700)
    assert (stream.received, len(stream.read(500))) == (0, 300)


def test_the_timeout_that_is_handed_in_does_not_prolong_it(pair: tuple[TimedStream, socket.socket]) -> None:
    stream, theirs = pair
    began = time.monotonic()
    stream.begin(Deadline.after(0.2), 1000)
    over = threading.Event()

    def drip() -> None:
        while not over.wait(0.02):
            theirs.send(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    with pytest.raises(httpcore.ReadTimeout):
        list(iter(lambda: stream.read(1, timeout=30), b""))
    over.set()
    thread.join()
    assert 0.2 <= time.monotonic() - began < 4


def test_a_receiver_that_does_not_read_ends_the_writing(pair: tuple[TimedStream, socket.socket]) -> None:
    stream, _ = pair
    began = time.monotonic()
    stream.begin(Deadline.after(0.2), 1000)
    with pytest.raises(httpcore.WriteTimeout):
        stream.write(b"x" * (64 << 20), timeout=30)
    assert 0.2 <= time.monotonic() - began < 5


def test_it_tells_an_end_from_silence(pair: tuple[TimedStream, socket.socket]) -> None:
    stream, theirs = pair
    stream.begin(Deadline.after(5), 1000)
    assert stream.get_extra_info("is_readable") is False
    theirs.send(b"x")
    assert stream.get_extra_info("is_readable") is True
    assert (stream.read(10), stream.ended) == (b"x", False)
    theirs.close()
    assert stream.get_extra_info("is_readable") is True
    assert (stream.read(10), stream.ended) == (b"", True)
    with pytest.raises(httpcore.WriteError):
        stream.write(b"x")
    stream.close()
    assert stream.get_extra_info("is_readable") is True
    with pytest.raises(httpcore.ReadError):
        stream.read(10)
