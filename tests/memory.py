"""Where servers that end with a test session keep their files: in memory, where there is room.

Each test has a database of its own, which is 900 files. Copying them takes 0.03 s in memory, 0.15 to 0.5 s on a disk.
"""

import re
import shutil
from pathlib import Path
from typing import Final

_MEMORY: Final = Path("/dev/shm")
_ENOUGH: Final = 4 << 30
"""Bytes. Two sessions at once take one of them at most: their logs of writes are what grows."""


def folder_in_memory() -> Path | None:
    """Return a folder whose files are in memory; None where there is none, or not enough memory is free."""
    try:
        available = re.search(r"^MemAvailable: +([0-9]+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
        room = shutil.disk_usage(_MEMORY).free
    except OSError:
        return None
    free = min(room, 1024 * int(available[1])) if available else 0
    return _MEMORY if free > _ENOUGH else None
