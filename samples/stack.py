"""Find the server that runs on this machine, or start one for as long as it is needed.

It uses the server's command line, its `standalone.json` and `/readyz` only; it imports nothing of the project.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROJECT = Path(__file__).resolve().parent.parent
SERVER = [sys.executable, "-m", "services.standalone"]


@dataclass(frozen=True)
class Server:
    """Where a server is and a clinic's key for it."""

    base_url: str
    key: str = field(repr=False)


def data_dir() -> Path:
    """Return the folder that `make run` keeps its data in: the same variable, the same default."""
    return PROJECT / Path(os.environ.get("DATA_DIR") or ".lesionlens").expanduser()


def running(folder: Path) -> Server | None:
    """Return the server described in `folder` if it answers that it is ready."""
    try:
        known = json.loads((folder / "standalone.json").read_text())
        server = Server(known["base_url"], known["clinic_key"])
        ready = httpx.get(f"{server.base_url}/readyz", timeout=5)
    except (OSError, ValueError, KeyError, httpx.HTTPError):
        return None
    return server if ready.is_success else None


@contextmanager
def started(folder: Path, say: Callable[[str], None]) -> Iterator[Server]:
    """Start a server whose data is in `folder`, and stop it at the end, also after Ctrl-C."""
    try:
        start = subprocess.run([*SERVER, "--detach", "start"], cwd=PROJECT, check=False, stdout=subprocess.DEVNULL)
    except KeyboardInterrupt:
        _stop(say)
        raise
    if start.returncode:
        raise SystemExit("the server did not start; see above")
    try:
        server = running(folder)
        if server is None:
            raise SystemExit("the server started, but does not say that it is ready")
        yield server
    finally:
        _stop(say)


def _stop(say: Callable[[str], None]) -> None:
    say("stopping the server that was started for this (`make run` keeps one running)")
    subprocess.run([*SERVER, "stop"], cwd=PROJECT, check=False, stdout=subprocess.DEVNULL)
