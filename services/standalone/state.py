"""DATA_DIR/standalone.json, for whoever wants to talk to the running stack, and the lock that lets only one run.

The file holds secrets: mode 0600, replaced as a whole. The lock is the kernel's (flock): no crash leaves it behind.
"""

import contextlib
import fcntl
import json
import os
import time
from pathlib import Path
from typing import Any

from services.standalone.processes import alive
from services.standalone.secret_files import write_private

STATE_FILE = "standalone.json"
_LOCK_FILE = "standalone.lock"


class AlreadyRunning(RuntimeError):
    """Another supervisor, or the warden that cleans up after one, holds the folder."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(f"held by process {pid}")
        self.pid = pid


def read_state(folder: Path) -> dict[str, Any]:
    """Return what is in standalone.json, or {} if there is none (yet) or it cannot be read as such."""
    try:
        state = json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def write_state(folder: Path, state: dict[str, Any]) -> None:
    write_private(folder / STATE_FILE, json.dumps(state, indent=2) + "\n")


class FolderLock:
    """Held as long as the object's descriptor, or an inherited copy of it, is open."""

    def __init__(self, folder: Path) -> None:
        self.descriptor = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self.descriptor, 20, 0).decode()
            os.close(self.descriptor)
            raise AlreadyRunning(int(holder) if holder.isdigit() else None) from None
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self.descriptor)


def holder(folder: Path) -> int | None:
    """Return the id of the process that holds the folder, 0 if it is not known, None if nobody does."""
    if not (folder / _LOCK_FILE).exists():
        return None
    descriptor = os.open(folder / _LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(descriptor, 20, 0).decode()
        return int(pid) if pid.isdigit() else 0
    else:
        return None
    finally:
        os.close(descriptor)


def lock_when_free(folder: Path, *, within_s: float) -> FolderLock:
    """Take the lock. Raises AlreadyRunning if a living supervisor has it, or its remains do not go within `within_s`.

    A holder that is dead has left a warden behind, which is busy ending that one's processes: a matter of seconds.
    """
    deadline = time.monotonic() + within_s
    while True:
        try:
            return FolderLock(folder)
        except AlreadyRunning as other:
            if (other.pid and alive(other.pid)) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
