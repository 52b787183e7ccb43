"""What /proc knows about the processes of one service: its session, its descendants, and how to end all of them.

Refuses to look for processes by name: only ids that descend from a process we started are ever signalled.
"""

import contextlib
import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    session: int
    state: str


def _parse(stat: str) -> Process:
    pid, _, rest = stat.partition(" (")
    state, parent, _group, session = rest.rpartition(") ")[2].split()[:4]
    return Process(int(pid), int(parent), int(session), state)


def snapshot() -> list[Process]:
    """Every living process (no zombies); empty where there is no /proc."""
    found = []
    for entry in _PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            process = _parse(entry.read_text())
            if process.state not in "ZX":
                found.append(process)
    return found


def family(leaders: Iterable[int], processes: list[Process] | None = None) -> set[int]:
    """Ids of the leaders, of everyone in their sessions, and of all descendants; a leader may be dead already."""
    table = snapshot() if processes is None else processes
    roots = set(leaders)
    members = {process.pid for process in table if process.pid in roots or process.session in roots}
    grown = True
    while grown:
        more = {process.pid for process in table if process.parent in members} - members
        members |= more
        grown = bool(more)
    return members


def send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return _parse((_PROC / str(pid) / "stat").read_text()).state not in "ZX"
    except FileNotFoundError:
        return False
    except ProcessLookupError:
        return False


def marked(marker: str) -> set[int]:
    """Return the processes, not this one, with `marker` in an environment that we may look into."""
    wanted, found = marker.encode(), set()
    for entry in _PROC.glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if wanted in entry.read_bytes().split(b"\0") and entry.parent.name != str(os.getpid()):
                found.add(int(entry.parent.name))
    return found
