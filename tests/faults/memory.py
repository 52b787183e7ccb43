"""Resident memory of processes, from /proc."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from services.standalone.processes import family

if TYPE_CHECKING:
    from collections.abc import Iterable

_MEGABYTE = 1024


def resident_mb(pids: Iterable[int]) -> float:
    """Return the sum over these processes, without what they share counted once; one that has gone counts nothing."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1])
    return total / _MEGABYTE


def family_mb(leader: int) -> float:
    """Return the sum over a process and all that descend from it."""
    return resident_mb(family([leader]))


def slope(points: list[tuple[float, float]]) -> float:
    """Return the least-squares slope of (x, y) points; 0 for fewer than two different x."""
    if len(points) < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
