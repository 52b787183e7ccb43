"""Starts services, waits until they are ready, keeps them alive, and stops everything in reverse order.

It knows nothing of what the services are (stack.py does). One thread decides everything and starts every child, because
a child's death signal belongs to the thread that forked it; other threads only read output. Refuses to give up on a
service: it waits longer, up to half a minute, and says so.
"""

import dataclasses
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.standalone.child import Child, Command, StartFailed
from services.standalone.console import Console
from services.standalone.managed import Managed, Service
from services.standalone.processes import marked, send
from services.standalone.settings import PROJECT

MARKER = "LESIONLENS_STACK"
_TICK_S = 0.05


class StopRequested(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM; raised only where nothing is half done."""


@dataclass(frozen=True)
class Step:
    """A command on its way to its end, and what it has said so far."""

    child: Child
    lines: list[str]


class Supervisor:
    """Use from the main thread only. `marker` tells our processes from others; `lock` is a descriptor to keep open."""

    def __init__(self, console: Console, *, marker: str, lock: int | None = None) -> None:
        self._on_change: Callable[[dict[str, int]], None] = lambda _: None
        self._console = console
        self._marker = marker
        self._lock = lock
        self._managed: list[Managed] = []
        self._steps: list[Step] = []
        self._interrupts = 0
        self._warden = self._start_warden()

    # -- asking for the end

    def interrupt(self) -> None:
        """Ask for an end; called by signal handlers. The second time, what still runs is killed."""
        self._interrupts += 1

    @property
    def interrupted(self) -> bool:
        """Whether somebody asked for an end."""
        return self._interrupts > 0

    def _checkpoint(self) -> None:
        if self._interrupts:
            raise StopRequested
        time.sleep(_TICK_S)

    # -- starting

    def start(self, services: Sequence[Service]) -> None:
        """Start all at once and return when all are ready. Raises StartFailed or StopRequested."""
        started = []
        for service in services:
            started.append(Managed(service, self._spawn, self._console))
            self._managed.append(started[-1])
        self._changed()
        waiting = started
        while waiting := [each for each in waiting if not each.first_start()]:
            self._checkpoint()

    def begin(self, command: Command, *, show: bool = True) -> Step:
        """Start a command that ends by itself; `show=False` keeps what it says off the screen."""
        lines: list[str] = []

        def heard(line: str) -> None:
            lines.append(line)
            if show:
                self._console.line(command.name, line)

        step = Step(self._spawn(command, heard), lines)
        self._steps.append(step)
        return step

    def finish(self, step: Step, *, within_s: float = 120.0) -> str:
        """Wait for its end and return its output. Raises StartFailed on a status other than 0 or a late end."""
        child = step.child
        deadline = time.monotonic() + within_s
        while child.returncode is None and time.monotonic() < deadline:
            self._checkpoint()
        status = child.returncode
        self._forget(step)
        if status:
            raise StartFailed(f"{child.command.name} ended with status {status}\n{child.last_lines}")
        if status is None:
            raise StartFailed(f"{child.command.name} had not ended after {within_s:g} s\n{child.last_lines}")
        return "\n".join(step.lines)

    def run(self, command: Command) -> str:
        """Begin and finish."""
        return self.finish(self.begin(command))

    def _forget(self, step: Step) -> None:
        step.child.kill()
        self._steps.remove(step)
        self._tell_warden(f"- {step.child.pid}")

    def _spawn(self, command: Command, on_line: Callable[[str], None]) -> Child:
        child = Child(dataclasses.replace(command, env={**command.env, MARKER: self._marker}), on_line)
        self._tell_warden(f"+ {child.pid} {int(command.stop_signal)}")
        return child

    # -- keeping alive

    def watch(self) -> None:
        """Start again whatever ends, until an end is asked for; then raises StopRequested."""
        while True:
            self._checkpoint()
            if self._warden.poll() is not None:
                self._replace_warden()
            for managed in self._managed:
                old = managed.child.pid
                if managed.step():
                    self._tell_warden(f"- {old}")
                    self._changed()

    def tell_changes(self, on_change: Callable[[dict[str, int]], None]) -> None:
        """Call `on_change` with {name: pid} now and whenever a process starts or ends."""
        self._on_change = on_change
        self._changed()

    def _changed(self) -> None:
        alive = [each for each in self._managed if each.child.returncode is None]
        self._on_change({each.service.name: each.child.pid for each in alive})

    # -- stopping

    def stop(self) -> None:
        """Stop in reverse order, each politely for as long as its command allows, then firmly."""
        seen = self._interrupts
        for step in list(self._steps):
            self._forget(step)
        for managed in reversed(self._managed):
            self._stop_one(managed, seen)
        self._managed.clear()
        send(marked(f"{MARKER}={self._marker}"), signal.SIGKILL)  # whoever had left its service's session
        self._changed()
        if self._warden.stdin:
            self._warden.stdin.close()
        self._warden.wait()

    def _stop_one(self, managed: Managed, seen: int) -> None:
        child, name = managed.child, managed.service.name
        began = time.monotonic()
        if child.returncode is None:
            send([child.pid], child.command.stop_signal)
        while child.returncode is None and time.monotonic() - began < child.command.stop_timeout_s:
            if self._interrupts > seen:
                break
            time.sleep(_TICK_S)
        stubborn = child.returncode is None
        child.kill()
        self._tell_warden(f"- {child.pid}")
        how = "did not stop and was killed" if stubborn else "stopped"
        self._console.say(f"{name} {how} ({time.monotonic() - began:.1f} s)", alarm=stubborn)

    # -- the warden, for the day when this process is killed

    def _start_warden(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "services.standalone.warden", f"{MARKER}={self._marker}"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=() if self._lock is None else (self._lock,),
            text=True,
        )

    def _tell_warden(self, line: str) -> None:
        try:
            self._write_to_warden(line)
        except OSError:
            self._replace_warden()

    def _write_to_warden(self, line: str) -> None:
        if self._warden.stdin:
            self._warden.stdin.write(line + "\n")
            self._warden.stdin.flush()

    def _replace_warden(self) -> None:
        self._warden.wait()
        self._console.say("the watcher for crashes had ended; it is started again", alarm=True)
        self._warden = self._start_warden()
        for managed in self._managed:
            if managed.child.returncode is None:
                self._write_to_warden(f"+ {managed.child.pid} {int(managed.child.command.stop_signal)}")

    def handle_signals(self) -> None:
        """Let Ctrl-C, SIGTERM and a closed terminal ask for an orderly end."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.interrupt())
