"""Runs the stand-in stack as a process of its own, as `make run` would run the real one."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.standalone.ports import free_port
from services.standalone.processes import alive, family
from services.standalone.servers import scratch_folder

PROJECT = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).with_name("stand_in_stack.py")
OTHERS = ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_BUCKET")


def until(true: Callable[[], bool], what: str, within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


class StandInStack:
    """One start of the script; `said` is all that it has printed so far."""

    def __init__(self, folder: Path, port: int, **environment: str) -> None:
        self.folder = folder
        self.port = port
        self._output = folder.parent / f"{folder.name}.output.{time.monotonic_ns()}"
        inherited = {name: value for name, value in os.environ.items() if name not in OTHERS}
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(SCRIPT)],
                cwd=PROJECT,
                env=inherited
                | {"PYTHONPATH": str(PROJECT), "DATA_DIR": str(folder), "PORT": str(port), "NO_COLOR": "1"}
                | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._output.read_text()

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self.folder / "standalone.json").read_text())
        return state

    def ready(self) -> "StandInStack":
        self.says("everything is ready")
        return self

    def says(self, words: str) -> None:
        until(lambda: words in self.said or self.process.poll() is not None, f"never said {words!r}:\n{self.said}")
        assert words in self.said, self.said

    def everyone(self) -> set[int]:
        """Ids of all processes of this stack, grandchildren and the warden included."""
        return family([self.process.pid, *self.state["pids"].values()])

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ends(self, within_s: float = 20) -> int:
        return self.process.wait(within_s)

    def clear_away(self) -> None:
        """Whatever a failed test left."""
        if self.process.poll() is None:
            members = self.everyone() if (self.folder / "standalone.json").exists() else {self.process.pid}
            self.process.kill()
            self.process.wait()
            until(lambda: not any(alive(pid) for pid in members), "the stack outlived its test")


@pytest.fixture
def scratch() -> Iterator[Path]:
    with scratch_folder() as folder:
        yield folder


@pytest.fixture
def start(scratch: Path) -> Iterator[Callable[..., StandInStack]]:
    """Give a function that runs the stack, `**environment` added; every call has the same DATA_DIR and port."""
    port, stacks = free_port(), []

    def start_one(**environment: str) -> StandInStack:
        stacks.append(StandInStack(scratch / "data", port, **environment))
        return stacks[-1]

    yield start_one
    for stack in stacks:
        stack.clear_away()
