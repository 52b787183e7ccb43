"""One service under supervision: its present process, whether it is ready, and when it is started again."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from services.standalone.backoff import Backoff
from services.standalone.child import Child, Command, StartFailed
from services.standalone.console import Console, parsed

Spawn = Callable[[Command, Callable[[str], None]], Child]


@dataclass(frozen=True)
class Service:
    """One process to keep alive. Ready when `probe` is true, or when it logged `ready_event` as a JSON line."""

    name: str
    command: Callable[[], Command]
    probe: Callable[[], bool] | None = None
    ready_event: str | None = None
    ready_within_s: float = 60.0


class Managed:
    """Started at once. `step` is called often and never blocks."""

    def __init__(self, service: Service, spawn: Spawn, console: Console) -> None:
        self.service = service
        self._spawn = spawn
        self._console = console
        self._backoff = Backoff()
        self._start_again_at: float | None = None
        self.ready = False
        self.child = self._start()

    def _start(self) -> Child:
        self._said_ready = False
        self.ready = False
        self._started_at = time.monotonic()
        return self._spawn(self.service.command(), self._heard)

    def _heard(self, line: str) -> None:
        self._console.line(self.service.name, line)
        if self.service.ready_event and not self._said_ready:
            fields = parsed(line)
            self._said_ready = fields is not None and fields["event"] == self.service.ready_event

    def _check_ready(self) -> bool:
        probe, event = self.service.probe, self.service.ready_event
        self.ready = (probe is None or probe()) and (event is None or self._said_ready)
        return self.ready

    def first_start(self) -> bool:
        """Return whether it is ready. Raises StartFailed if it ended or took too long, with its last lines."""
        if self._check_ready():
            return True
        if self.child.returncode is not None:
            raise StartFailed(f"{self.service.name} ended with status {self.child.returncode}\n{self.child.last_lines}")
        if time.monotonic() - self._started_at > self.service.ready_within_s:
            raise StartFailed(
                f"{self.service.name} was not ready within {self.service.ready_within_s:g} s\n{self.child.last_lines}"
            )
        return False

    def step(self) -> bool:
        """Notice an end, start again when it is time, notice readiness. Returns whether the process changed."""
        now = time.monotonic()
        if self._start_again_at is not None:
            if now < self._start_again_at:
                return False
            self._start_again_at = None
            self.child = self._start()
            return True
        if self.child.returncode is not None:
            self._ended(now)
            return True
        if not self.ready and self._check_ready():
            self._console.say(f"{self.service.name} is ready again")
        return False

    def _ended(self, now: float) -> None:
        status = self.child.returncode
        self.child.kill()  # what it left in its session would hold its port or its work
        wait = self._backoff.after(now - self._started_at)
        self._start_again_at = now + wait
        how = f"was killed by signal {-status}" if status is not None and status < 0 else f"ended with status {status}"
        self._console.say(f"{self.service.name} {how}; it is started again in {wait:g} s", alarm=True)
