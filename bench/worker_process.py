"""The inference worker as a process of its own, as it is deployed, and what /proc tells of its memory."""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.standalone.child import Child, Command
from services.standalone.console import parsed
from services.standalone.processes import family
from services.standalone.settings import PROJECT, inherited_environment

PARENT, CHILD, DECODERS = "parent", "child", "decoders"
_READY_WITHIN_S: Final = 120.0
_MB_OF_KB: Final = 1024 / 1e6


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one role's processes, in MB of 10**6 bytes. `pss`: resident, with what processes share divided among them.

    `rss`: resident, with what they share counted in each. `highest`: the kernel's own peak of `rss`, summed.
    """

    pss: float = 0.0
    rss: float = 0.0
    highest: float = 0.0

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(self.pss + other.pss, self.rss + other.rss, self.highest + other.highest)


class WorkerProcess:
    """A worker that is ready. `ready_after_s`: from before its first instruction; `core_s`: CPU time of that."""

    def __init__(self, pid: int, ready_after_s: float) -> None:
        self.pid = pid
        self.ready_after_s = ready_after_s
        self.core_s = sum(_core_seconds(each) for each in family([pid]))

    def memory(self) -> dict[str, Memory]:
        """By role: the parent that forks and listens, the child that works, its decoders. Linux only."""
        found = {PARENT: Memory(), CHILD: Memory(), DECODERS: Memory()}
        for pid in family([self.pid]):
            with suppress(OSError):  # one that has ended meanwhile counts nothing
                found[self._role(pid)] += _memory(pid)
        return found

    def _role(self, pid: int) -> str:
        if pid == self.pid:
            return PARENT
        return DECODERS if b"decoder_process" in Path(f"/proc/{pid}/cmdline").read_bytes() else CHILD


@contextmanager
def worker_process(environment: Mapping[str, str], data: Path) -> Iterator[WorkerProcess]:
    """Start a worker and wait until it says that it is ready; it ends with the block. `data`: for its caches.

    Raises StartFailed.
    """
    ready_at: list[float] = []

    def heard(line: str) -> None:
        fields = parsed(line)
        if fields is not None and fields["event"] == "ready":
            ready_at.append(time.monotonic())

    argv = (sys.executable, "-m", "services.inference.worker")
    told = inherited_environment() | dict(environment) | {"DATA_DIR": str(data)}
    with Child(Command("inference", argv, told, cwd=PROJECT, stop_timeout_s=30), heard) as child:
        child.wait_ready(lambda: bool(ready_at), _READY_WITHIN_S)
        yield WorkerProcess(child.pid, ready_at[0] - child.started_at)


def _memory(pid: int) -> Memory:
    shared = _kilobytes(Path(f"/proc/{pid}/smaps_rollup"))
    status = _kilobytes(Path(f"/proc/{pid}/status"))
    return Memory(shared["Pss"] * _MB_OF_KB, shared["Rss"] * _MB_OF_KB, status["VmHWM"] * _MB_OF_KB)


def _kilobytes(path: Path) -> dict[str, int]:
    named = (line.split(":", 1) for line in path.read_text(encoding="utf-8").splitlines() if line.endswith(" kB"))
    return {name: int(value.split()[0]) for name, value in named}


def _core_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
