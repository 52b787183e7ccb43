"""Who belongs to whom, on a made-up table of processes."""

import signal

from services.standalone.processes import Process, family
from services.standalone.warden import read_remaining

TABLE = [
    Process(pid=10, parent=1, session=10, state="S"),
    Process(pid=11, parent=10, session=10, state="S"),
    Process(pid=12, parent=11, session=12, state="S"),  # left the session, but still a descendant
    Process(pid=13, parent=1, session=10, state="S"),  # lost its parent, still in the session
    Process(pid=20, parent=1, session=20, state="S"),
    Process(pid=21, parent=20, session=20, state="S"),
]


def test_a_family_is_session_and_descendants() -> None:
    assert family([10], TABLE) == {10, 11, 12, 13}


def test_a_leader_may_be_dead() -> None:
    assert family([10], TABLE[1:]) == {11, 12, 13}


def test_nobody_else_is_touched() -> None:
    assert family([99], TABLE) == set()
    assert family([], TABLE) == set()


def test_the_warden_ends_only_who_was_not_called_off() -> None:
    lines = ["+ 10 15\n", "+ 20 2\n", "- 10\n", "+ 30 15\n", "- 99\n"]
    assert read_remaining(lines) == {20: signal.SIGINT, 30: signal.SIGTERM}
