"""Start the stack without a terminal, ask how it is, and stop it from elsewhere. By lock, file and signal."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from services.standalone.settings import PROJECT
from services.standalone.stack import SECRETS_KEYS_FILE, answers_ready
from services.standalone.state import STATE_FILE, holder, read_state

_LOG_FILE = "standalone.log"
_READY_WITHIN_S = 180.0
_STOPPED_WITHIN_S = 90.0
_POLL_S = 0.1


def _running_url(folder: Path) -> str | None:
    """Return the URL of the stack in `folder` if it is up and ready."""
    state = read_state(folder)
    base_url = state.get("base_url")
    if holder(folder) is None or not state.get("ready") or not isinstance(base_url, str):
        return None
    return base_url if answers_ready(base_url) else None


def show_status(folder: Path) -> int:
    """Print how it is; exit status 0 only if it is ready."""
    url, pid = _running_url(folder), holder(folder)
    if url:
        print(f"ready at {url} (process {pid})")
        return 0
    print("not running" if pid is None else f"starting or stopping (process {pid})")
    return 1


def stop_running(folder: Path) -> int:
    """Ask it to stop and wait until it has."""
    pid = holder(folder)
    if not pid:
        print("not running")
        return 0
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOPPED_WITHIN_S
    while holder(folder) is not None:
        if time.monotonic() > deadline:
            print(f"process {pid} has not stopped after {_STOPPED_WITHIN_S:g} s", file=sys.stderr)
            return 1
        time.sleep(_POLL_S)
    print("stopped")
    return 0


def run_beside(folder: Path, command: list[str]) -> int:
    """Run `command` with the running stack's addresses in its environment; what is set there already stays.

    Returns its exit status, or 1, with the reason, if nothing runs and no DATABASE_URL says where else to work.
    """
    state = read_state(folder)
    if "DATABASE_URL" not in os.environ and holder(folder) is None:
        print("nothing runs here: start it with `make run`, or set DATABASE_URL", file=sys.stderr)
        return 1
    store = state.get("s3", {})
    sealed_by = folder / SECRETS_KEYS_FILE
    known = {
        "SECRETS_KEYS": sealed_by.read_text(encoding="utf-8") if sealed_by.exists() else None,
        "DATABASE_URL": state.get("database_url"),
        "REDIS_URL": state.get("redis_url"),
        **{f"S3_{name.upper()}": value for name, value in store.items()},
    }
    env = {name: value for name, value in known.items() if value} | os.environ
    return subprocess.run(command, cwd=PROJECT, env=env, check=False).returncode


def start_in_background(folder: Path) -> int:
    """Return 0 when it is ready; 1, with the end of its log, when it could not start."""
    url = _running_url(folder)
    if url:
        print(f"already running at {url}")
        return 0
    log = folder / _LOG_FILE
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.standalone"],
            cwd=PROJECT,
            env=os.environ | {"DATA_DIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + _READY_WITHIN_S
    while (url := _running_url(folder)) is None and process.poll() is None and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    if url is None:
        tail = log.read_text(errors="replace").splitlines()[-20:]
        print("\n".join(["it did not start; the end of its log:", *tail]), file=sys.stderr)
        return 1
    print(f"ready at {url}; keys in {folder / STATE_FILE}; log in {log}; `make stop` stops it")
    return 0
