"""The receiver to copy, as a process: what it takes, what it refuses, and that no end of it loses anything."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

import httpx
import pytest

from tests.contract.webhooks.vectors import ID, NEW, OLD, OTHER, THIN, vectors
from tests.integration.samples.receiver_process import ROOT, STOP_LIMIT_S, ReceiverProcess, event, headers, send

if TYPE_CHECKING:
    from pathlib import Path

CASES: Final = 12
VERSIONS: Final = 12
KILLS: Final = 5


def test_a_message_is_handled_once_and_only_if_it_is_newer(tmp_path: Path) -> None:
    with ReceiverProcess(tmp_path) as receiver:
        assert send(receiver.url, "evt_2", event("case_a", 2)) == (200, "handled")
        assert send(receiver.url, "evt_2", event("case_a", 2)) == (200, "duplicate")
        assert send(receiver.url, "evt_1", event("case_a", 1)) == (200, "not newer")
        assert send(receiver.url, "evt_2again", event("case_a", 2)) == (200, "not newer")
        assert send(receiver.url, "evt_3", event("case_a", 3)) == (200, "handled")
        assert send(receiver.url, "evt_b", event("case_b", 1)) == (200, "handled"), "another case has its own versions"
        assert receiver.lines[1:] == [
            "case.completed case_a version 2 state completed",
            "ignored, duplicate: case.completed case_a version 2 state completed",
            "ignored, not newer: case.completed case_a version 1 state completed",
            "ignored, not newer: case.completed case_a version 2 state completed",
            "case.completed case_a version 3 state completed",
            "case.completed case_b version 1 state completed",
        ]


def test_what_each_kind_of_event_looks_like(tmp_path: Path) -> None:
    test = b'{"type":"endpoint.test","data":{"event_id":"evt_t","endpoint_id":"whe_7"}}'
    gone = b'{"type":"endpoint.disabled","data":{"event_id":"evt_d","endpoint_id":"whe_8","reason":"gone"}}'
    model = {"model_version": "0123456789abcdef"}
    full = event("case_a", 3, **model, result={"decision": "review", "model": {"name": "m"}, "notice": "n"})
    later = event("case_a", 4, kind="result.superseded", **model, decision_changed=True)
    with ReceiverProcess(tmp_path) as receiver:
        for number, body in enumerate((test, gone, full, later)):
            assert send(receiver.url, f"evt_{number}", body) == (200, "handled")
        assert send(receiver.url, "evt_0", test) == (200, "duplicate"), "an event of no case is known by its id"
        assert receiver.lines[1:5] == [
            "endpoint.test endpoint_id whe_7",
            "endpoint.disabled endpoint_id whe_8 reason gone",
            (
                "case.completed case_a version 3 state completed decision review (a screening aid, not a diagnosis) "
                "model 0123456789ab"
            ),
            "result.superseded case_a version 4 state completed decision changed model 0123456789ab",
        ]


def test_what_is_not_genuine_is_refused_and_the_next_message_taken(tmp_path: Path) -> None:
    now = int(time.time())
    with ReceiverProcess(tmp_path) as receiver, httpx.Client(base_url=receiver.url, timeout=10) as connection:
        for vector in vectors(now):
            if vector.secrets == (NEW,) and not vector.valid:
                answer = connection.post("/", content=vector.body, headers=vector.headers)
                assert answer.status_code in {400, 401}, vector.name
                assert answer.text.startswith(f"{vector.reason}: "), vector.name
        assert send(receiver.url, ID, THIN, secrets=[OTHER])[0] == 401
        assert send(receiver.url, "evt_1", event("case_a", 1)) == (200, "handled")
        said = "\n".join(receiver.lines)
    assert said.count("refused with 40") >= 20
    assert "Traceback" not in said
    assert NEW not in said
    assert NEW.removeprefix("whsec_") not in said


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"[1]",
        b'{"type":1,"data":{}}',
        b'{"type":"x"}',
        b"\xff",
        b'{"type":"x","data":{"case_id":"case_a","version":"2"}}',
        b"\xef\xbb\xbf{}",
    ],
    ids=repr,
)
def test_what_is_signed_but_no_event_is_refused(tmp_path: Path, body: bytes) -> None:
    with ReceiverProcess(tmp_path) as receiver:
        status, words = send(receiver.url, "evt_1", body)
        assert (status, words[:21]) == (400, "signed, but no event:")
        assert send(receiver.url, "evt_1", event("case_a", 1)) == (200, "handled")


def test_a_body_beyond_the_cap_or_without_a_length_is_refused(tmp_path: Path) -> None:
    just_fits = event("case_a", 1, note="")
    just_fits = event("case_a", 1, note="x" * (1_000_000 - len(just_fits)))
    with ReceiverProcess(tmp_path) as receiver:
        assert send(receiver.url, "evt_1", just_fits) == (200, "handled")
        assert send(receiver.url, "evt_2", just_fits + b" ") == (413, "more than 1000000 bytes")
        assert send(receiver.url, "evt_3", just_fits * 10)[0] == 413
        assert httpx.post(receiver.url, content=iter([b"x"])).status_code == 411
        for length in ("-1", "1e3", "x"):
            answer = _raw(receiver.url, f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n")
            assert answer.startswith("HTTP/1.1 411"), length
        assert send(receiver.url, "evt_4", event("case_a", 2)) == (200, "handled")


def _raw(url: str, request: str) -> str:
    address = urlsplit(url)
    assert address.port
    with socket.create_connection(("127.0.0.1", address.port), 10) as connection:
        connection.sendall(request.encode())
        return connection.recv(1000).decode()


def test_answers_come_in_one_piece_over_a_connection_that_is_kept(tmp_path: Path) -> None:
    """The second of two small pieces would wait for the first one's acknowledgement: 40 ms for each message."""
    with (
        ReceiverProcess(tmp_path) as receiver,
        socket.create_connection(("127.0.0.1", urlsplit(receiver.url).port or 0), 10) as connection,
    ):
        for version in range(1, 6):
            body = event("case_a", version)
            named = "".join(f"{name}: {value}\r\n" for name, value in headers(f"evt_{version}", body).items())
            connection.sendall(f"POST / HTTP/1.1\r\nContent-Length: {len(body)}\r\n{named}\r\n".encode() + body)
            assert connection.recv(10_000).decode().split("\r\n\r\n")[1] == "handled\n"


def test_a_sender_that_hangs_up_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    body = event("case_a", 1)
    named = "".join(f"{name}: {value}\r\n" for name, value in headers("evt_1", body).items())
    with ReceiverProcess(tmp_path) as receiver:
        address = urlsplit(receiver.url)
        with socket.create_connection(("127.0.0.1", address.port or 0), 10) as connection:
            connection.sendall(f"POST / HTTP/1.1\r\nContent-Length: {len(body)}\r\n{named}\r\n".encode() + body[:10])
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1000) == b""
        assert send(receiver.url, "evt_1", body) == (200, "handled")


def test_both_secrets_count_while_they_are_rotated(tmp_path: Path) -> None:
    with ReceiverProcess(tmp_path, secrets=[NEW, OLD]) as receiver:
        for number, secrets in enumerate(([NEW], [OLD], [NEW, OLD], [OTHER, OLD])):
            assert send(receiver.url, f"evt_{number}", event("case_a", number + 1), secrets=secrets)[0] == 200
        assert send(receiver.url, "evt_x", event("case_a", 9), secrets=[OTHER])[0] == 401


@pytest.mark.parametrize("background", [False, True])
def test_ctrl_c_ends_it_cleanly_and_the_next_one_remembers(tmp_path: Path, background: bool) -> None:  # noqa: FBT001
    with ReceiverProcess(tmp_path, background=background) as first, httpx.Client(base_url=first.url) as kept_open:
        body = event("case_a", 2)
        assert kept_open.post("/", content=body, headers=headers("evt_2", body)).status_code == 200
        first.process.send_signal(signal.SIGINT)
        assert first.process.wait(STOP_LIMIT_S) == 0
        assert first.lines[-1] == "ended"
    with ReceiverProcess(tmp_path) as second:
        assert send(second.url, "evt_2", event("case_a", 2)) == (200, "duplicate")
        assert send(second.url, "evt_1", event("case_a", 1)) == (200, "not newer")
        assert send(second.url, "evt_3", event("case_a", 3)) == (200, "handled")
        assert "Traceback" not in "\n".join(second.lines)


def test_death_between_handling_and_remembering_repeats_and_never_loses(tmp_path: Path) -> None:
    module = "tests.integration.samples.dying_receiver"
    with ReceiverProcess(tmp_path, module=module) as first:
        with pytest.raises(httpx.TransportError):
            send(first.url, "evt_1", event("case_a", 1))
        assert first.process.wait(STOP_LIMIT_S) == -signal.SIGKILL
    with ReceiverProcess(tmp_path, module=module) as second:
        assert send(second.url, "evt_1", event("case_a", 1)) == (200, "handled"), "it was not remembered as done"
        assert send(second.url, "evt_1", event("case_a", 1)) == (200, "duplicate")
        assert Counter(second.lines)["case.completed case_a version 1 state completed"] == 2
    database = sqlite3.connect(tmp_path / "webhooks.sqlite3")
    assert database.execute("SELECT count(*) FROM work").fetchone() == (1,), "what it wrote itself is there once"
    database.close()


class Senders:
    """A thread for each case: it sends the versions one after the other, each until it is answered."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._given_up = threading.Event()
        self.answers: Counter[tuple[int, str]] = Counter()
        self._threads = [threading.Thread(target=self._deliver, args=(case,)) for case in range(CASES)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._given_up.set()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def _deliver(self, case: int) -> None:
        for version in range(1, VERSIONS + 1):
            while not self._given_up.is_set():
                try:
                    self.answers[send(self._url, f"evt_{case}_{version}", event(f"case_{case}", version))] += 1
                    break
                except httpx.TransportError:
                    time.sleep(0.02)


def test_killed_again_and_again_while_events_come_it_loses_none(tmp_path: Path) -> None:
    port = _free_port()
    receiver = ReceiverProcess(tmp_path, port=port)
    try:
        with Senders(receiver.url) as senders:
            for kill in range(1, KILLS + 1):
                _wait_for_lines(receiver, kill * CASES * VERSIONS // (KILLS + 1))
                receiver.kill()
                receiver = ReceiverProcess(tmp_path, port=port)
            senders.join()
        handled = Counter(line for line in receiver.lines if line.startswith("case.completed"))
    finally:
        receiver.kill()
    all_of_them = [(case, version) for case in range(CASES) for version in range(1, VERSIONS + 1)]
    assert set(handled) == {
        f"case.completed case_{case} version {version} state completed" for case, version in all_of_them
    }
    assert sum(handled.values()) - len(all_of_them) <= KILLS, "at most the one transaction that was open is repeated"
    assert set(senders.answers) <= {(200, "handled"), (200, "duplicate")}
    assert sum(senders.answers.values()) == len(all_of_them)


def _wait_for_lines(receiver: ReceiverProcess, count: int) -> None:
    give_up = time.monotonic() + 30
    while sum(line.startswith("case.completed") for line in receiver.lines) < count:
        assert time.monotonic() < give_up, "the receiver takes nothing"
        time.sleep(0.005)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no secret given; set WEBHOOK_SECRET"),
        (["--secret", "whsec_c2hvcnQ="], "a secret has 24 bytes at least"),
        (["--secret", NEW, "--memory", "missing/folder"], "cannot use missing/folder"),
        (["--secret", NEW, "--host", "192.0.2.1"], "cannot listen on 192.0.2.1:9000"),
    ],
)
def test_why_it_does_not_start(tmp_path: Path, arguments: list[str], words: str) -> None:
    command = [sys.executable, "-m", "samples.receive_webhook", *arguments]
    environment = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=20
    )
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
