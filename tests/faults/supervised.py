"""One process of the stack under test, started again when it ends. Nothing here runs in a thread of its own.

Whoever waits calls `step`; so a child is always started by the main thread, and ends with it whatever happens.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from services.standalone.child import Child, Command
from services.standalone.processes import snapshot
from services.standalone.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping

_PAUSE_S = 0.3


class Supervised:
    """`python -m module arguments`. `lines` holds what it wrote, over all its lives."""

    def __init__(self, name: str, arguments: tuple[str, ...], env: Mapping[str, str]) -> None:
        argv = (sys.executable, "-m", *arguments)
        self._command = Command(name, argv, env, cwd=PROJECT, stop_timeout_s=15)
        self.name = name
        self.lines: list[str] = []
        self.deaths = 0
        self._ended_at: float | None = None
        self._stopped = False
        self._child = Child(self._command, self.lines.append)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return not self._stopped and self._child.returncode is None

    def children(self) -> list[int]:
        """Ids of its direct children, oldest first."""
        return sorted(each.pid for each in snapshot() if each.parent == self.pid)

    def step(self) -> None:
        """Start it again if it has ended a moment ago."""
        if self._stopped or self._child.returncode is None:
            return
        if self._ended_at is None:
            self._ended_at = time.monotonic()
            self.deaths += 1
        elif time.monotonic() - self._ended_at > _PAUSE_S:
            self._child.kill()
            self._child = Child(self._command, self.lines.append)
            self._ended_at = None

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return its log lines of this name."""
        found = (json.loads(line) for line in list(self.lines) if f'"{name}"' in line and line.startswith("{"))
        return [line for line in found if line.get("event") == name]

    def stop(self) -> None:
        """End it in order, for good."""
        self._stopped = True
        self._child.stop()

    def kill(self) -> None:
        """End it and its children at once, for good."""
        self._stopped = True
        self._child.kill()
