"""Find the server that runs on this machine, or start one for as long as it is needed.

It talks to the server's command line, its `standalone.json` and `/readyz` only; it imports nothing of the project.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROJECT = Path(__file__).resolve().parent.parent
START_LIMIT_S = 180.0
STOP_LIMIT_S = 30.0


@dataclass(frozen=True)
class Server:
    """Where a server is and a clinic's key for it."""

    base_url: str
    key: str


def data_dir() -> Path:
    """Return the folder that `make run` keeps its data in: the same variable, the same default."""
    return PROJECT / Path(os.environ.get("DATA_DIR") or ".lesionlens").expanduser()


def running(folder: Path) -> Server | None:
    """Return the server described in `folder` if it answers that it is ready."""
    try:
        known = json.loads((folder / "standalone.json").read_text())
        ready = httpx.get(f"{known['base_url']}/readyz", timeout=5)
    except (OSError, ValueError, httpx.HTTPError):
        return None
    return Server(known["base_url"], known["clinic_key"]) if ready.is_success else None


@contextmanager
def started(folder: Path, say: Callable[[str], None]) -> Iterator[Server]:
    """Start a server whose data is in `folder`, and stop it at the end; its output goes to `folder`/demo.log."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "demo.log"
    command = [sys.executable, "-m", "services.standalone"]
    with log.open("wb") as output:
        # A session of its own: Ctrl-C in the terminal reaches us alone, and we stop it in good order.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=PROJECT,
            env=os.environ | {"DATA_DIR": str(folder)},
        )
    try:
        yield _ready(process, folder, log)
    finally:
        say("stopping the server that was started for this")
        _stop(process)


def _ready(process: subprocess.Popen[bytes], folder: Path, log: Path) -> Server:
    give_up = time.monotonic() + START_LIMIT_S
    while time.monotonic() < give_up:
        if process.poll() is not None:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise SystemExit(f"the server did not start (exit {process.returncode}); the end of {log}:\n{tail}")
        server = running(folder)
        if server is not None:
            return server
        time.sleep(0.2)
    raise SystemExit(f"the server was not ready after {START_LIMIT_S:.0f} s; see {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
