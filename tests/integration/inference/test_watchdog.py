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
