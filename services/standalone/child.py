"""One process started by us: its command, its output line by line, and the ways to end it.

Start children from the main thread: the kernel sends the death signal when the forking *thread* ends, so one started
elsewhere goes without it. Refuses to restart anything; that is the supervisor's decision.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from services.standalone.accounts import Account
from services.standalone.processes import family, send

_EXEC_CHILD = Path(__file__).with_name("exec_child.py")
_KEPT_LINES = 40
_POLL_S = 0.005
_SURE_WITHIN_S = 5.0


class StartFailed(RuntimeError):
    """A process ended, or was not ready in time; the message ends with its last lines of output."""


@dataclass(frozen=True)
class Command:
    """How to start and stop one process. `env` is the whole environment, `argv[0]` an absolute path."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    cwd: Path = Path("/")
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 10.0
    account: Account | None = None


class Child:
    """A started Command in a session of its own. `on_line` gets each line of stdout and stderr, without the newline."""

    def __init__(self, command: Command, on_line: Callable[[str], None] | None = None) -> None:
        self.command = command
        self._last: deque[str] = deque(maxlen=_KEPT_LINES)
        self._on_line = on_line
        in_main = threading.current_thread() is threading.main_thread()
        death_signal = command.stop_signal if in_main else 0
        account = f"{command.account.uid}:{command.account.gid}" if command.account else "-"
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", str(_EXEC_CHILD)),
                *(str(int(death_signal)), str(os.getpid()), account),
                *command.argv,
            ],
            env=dict(command.env),
            cwd=command.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.started_at = time.monotonic()
        self._reader = threading.Thread(target=self._read, name=f"output of {command.name}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative for a signal. Looking does not reap it: its id stays taken until kill()."""
        if self._process.returncode is not None:
            return int(self._process.returncode)
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    @property
    def last_lines(self) -> str:
        return "\n".join(self._last)

    def _read(self) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        with stream:
            for raw in stream:
                line = raw.decode("utf-8", "replace").rstrip()
                self._last.append(line)
                if self._on_line:
                    self._on_line(line)

    def wait(self, timeout_s: float) -> int | None:
        """The exit status, or None if it still runs after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while (status := self.returncode) is None and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        return status

    def stop(self) -> bool:
        """End it politely, then firmly, with whatever it left in its session; False if it had to be killed."""
        if self.returncode is None:
            send([self.pid], self.command.stop_signal)
        polite = self.wait(self.command.stop_timeout_s) is not None
        self.kill()
        return polite

    def kill(self) -> None:
        """SIGKILL to the process and all its family, at once; returns when they are gone and it is reaped."""
        if self._process.returncode is not None:
            return  # its id may belong to somebody else by now
        deadline = time.monotonic() + _SURE_WITHIN_S
        while (members := family([self.pid])) and time.monotonic() < deadline:
            send(members, signal.SIGKILL)
            time.sleep(_POLL_S)
        self._process.wait()
        self._reader.join(1)

    def wait_ready(self, probe: Callable[[], bool], timeout_s: float) -> None:
        """Poll `probe` until it is true. Raises StartFailed if the process ends or the time is over."""
        deadline = time.monotonic() + timeout_s
        while not probe():
            if self.returncode is not None:
                self._reader.join(1)
                raise StartFailed(f"{self.command.name} ended with status {self.returncode}\n{self.last_lines}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{self.command.name} was not ready within {timeout_s:g} s\n{self.last_lines}")
            time.sleep(0.02)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
