"""The watchdog ends a process that hangs, and leaves one alone that moves or idles; each in a process of its own."""

import subprocess
import sys

SCRIPT = """
import time
from services.inference.watchdog import Watchdog
watchdog = Watchdog(0.3)
{body}
print("lived")
"""


def outcome(body: str) -> tuple[int, str, str]:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(body=body)], capture_output=True, text=True, timeout=30, check=False
    )
    return ended.returncode, ended.stdout.strip(), ended.stderr


def test_a_hanging_process_ends_and_says_where_it_hung() -> None:
    status, said, stacks = outcome("with watchdog.watching():\n    time.sleep(20)")
    assert status == 1
    assert said == ""
    assert "Timeout" in stacks
    assert "<string>" in stacks


def test_a_process_that_moves_lives() -> None:
    body = "with watchdog.watching():\n    for _ in range(5):\n        time.sleep(0.15)\n        watchdog.alive()"
    assert outcome(body)[:2] == (0, "lived")


def test_an_idle_process_lives() -> None:
    assert outcome("with watchdog.watching():\n    pass\ntime.sleep(0.6)")[:2] == (0, "lived")


def test_a_thread_that_moves_does_not_stand_in_for_one_that_hangs() -> None:
    body = (
        "import threading\n"
        "def hang():\n    with watchdog.watching():\n        time.sleep(20)\n"
        "threading.Thread(target=hang, daemon=True).start()\n"
        "with watchdog.watching():\n    for _ in range(100):\n        time.sleep(0.05)\n        watchdog.alive()"
    )
    status, said, stacks = outcome(body)
    assert (status, said) == (1, "")
    assert "in hang" in stacks


def test_a_thread_that_has_ended_is_watched_no_longer() -> None:
    body = (
        "import threading\n"
        "def work():\n    with watchdog.watching():\n        pass\n"
        "thread = threading.Thread(target=work)\nthread.start()\nthread.join()\n"
        "with watchdog.watching():\n    for _ in range(5):\n        time.sleep(0.15)\n        watchdog.alive()"
    )
    assert outcome(body)[:2] == (0, "lived")
