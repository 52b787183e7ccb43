"""The test's end of `tests.faults.planted.worker obey`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Self

from services.standalone.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Planted:
    """Forks workers that die or stop where they are told. Ends, with all of them, at the end of its block."""

    def __init__(self, env: Mapping[str, str], log: Path) -> None:
        self._log = log.open("w", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.planted.worker", "obey"],
            env=dict(env),
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process.wait()
        self._log.close()

    def begin(self, at: int, *, number: signal.Signals = signal.SIGKILL, **more: Any) -> int:
        """Fork a worker for one batch; return its process id."""
        return int(self._ask({"at": at, "signal": number.name, **more})["pid"])

    def wait(self, pid: int) -> int | None:
        """Return the exit status of a worker, negative for a signal; None if it has stopped instead."""
        status = self._ask({"wait": pid})["ended"]
        return None if status is None else int(status)

    def go_on(self, pid: int) -> None:
        os.kill(pid, signal.SIGCONT)

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the planted worker has ended"
        found: dict[str, Any] = json.loads(answer)
        return found
