"""One run of the stack, from the lock to the last stopped process, and what it tells the person who started it."""

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from services.standalone.child import StartFailed
from services.standalone.console import Console
from services.standalone.ports import free_port, is_free
from services.standalone.preparation import begin_registration, ensure_bucket, make_keys, prepare_database
from services.standalone.settings import StandaloneSettings, colour_refused
from services.standalone.stack import Addresses, plan, refuses, services
from services.standalone.state import STATE_FILE, AlreadyRunning, FolderLock, lock_when_free, read_state, write_state
from services.standalone.supervisor import StopRequested, Supervisor

BringUp = Callable[[StandaloneSettings, Console, Supervisor], None]
_SETTLE_S = 20.0
_KEYS = ("clinic_key", "admin_key")


def make_data_folder(folder: Path) -> None:
    """Closed to other users; under root, Postgres must be able to pass through to its own."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


def run_stack(settings: StandaloneSettings, bring_up: BringUp | None = None) -> int:
    """Start, keep alive until told to stop, stop. Returns the exit status; `bring_up` replaces the product in tests."""
    console = Console(no_color=colour_refused())
    try:
        lock = lock_when_free(settings.folder, within_s=_SETTLE_S)
    except AlreadyRunning as other:
        base_url = read_state(settings.folder).get("base_url", "(still starting)")
        console.say(f"already running at {base_url} (process {other.pid}); stop it with Ctrl-C there, or `make stop`")
        return 0
    if not is_free(settings.port):
        console.say(f"port {settings.port} is taken by another program; try PORT={free_port()} make run", alarm=True)
        return 1
    return _supervise(settings, console, lock, bring_up or _start)


def _supervise(settings: StandaloneSettings, console: Console, lock: FolderLock, bring_up: BringUp) -> int:
    marker = secrets.token_hex(8)
    supervisor = Supervisor(console, marker=marker, lock=lock.descriptor)
    supervisor.handle_signals()
    status = 0
    try:
        bring_up(settings, console, supervisor)
        supervisor.watch()
    except StopRequested:
        console.say("stopping; once more to kill")
    except (StartFailed, FileNotFoundError, LookupError) as error:
        console.say(f"could not start: {error}", alarm=True)
        status = 1
    finally:
        supervisor.stop()
        lock.release()
    console.say("stopped" if status == 0 else "stopped what had been started", alarm=status != 0)
    return status


def _start(settings: StandaloneSettings, console: Console, supervisor: Supervisor) -> None:
    began = time.monotonic()
    console.say(f"starting; the data is in {settings.folder}")
    servers, addresses = plan(settings)
    supervisor.start(servers)
    prepare_database(supervisor, settings, addresses)
    ensure_bucket(addresses.store)
    known = read_state(settings.folder)
    registration = begin_registration(supervisor, settings, addresses)
    keys = {name: known[name] for name in _KEYS if name in known}
    first = len(keys) < len(_KEYS)
    if first:
        keys = make_keys(supervisor, settings, addresses)
        supervisor.finish(registration)  # a worker that finds no model would load it with the first photo only
    _remember(settings, addresses, supervisor, keys, ready=False)
    supervisor.start(services(settings, addresses))
    if not first:
        supervisor.finish(registration)
        if refuses(settings.base_url, keys["clinic_key"]):  # they were made for another database
            keys = make_keys(supervisor, settings, addresses)
    _remember(settings, addresses, supervisor, keys, ready=True)
    _say_ready(settings, console, keys, time.monotonic() - began)


def _remember(
    settings: StandaloneSettings, addresses: Addresses, supervisor: Supervisor, keys: dict[str, str], *, ready: bool
) -> None:
    state = {
        "base_url": settings.base_url,
        **keys,
        "database_url": addresses.owner_url,
        "redis_url": addresses.redis_url,
        "s3": vars(addresses.store),
    }

    def write(pids: dict[str, int]) -> None:
        alive = {"supervisor": os.getpid(), **pids} if pids else {}
        write_state(settings.folder, state | {"ready": ready and bool(pids), "pids": alive})

    supervisor.tell_changes(write)


def _say_ready(settings: StandaloneSettings, console: Console, keys: dict[str, str], took_s: float) -> None:
    console.say(f"ready after {took_s:.1f} s")
    console.say("for evaluation, on a machine without other users: anyone with an account could reach its servers")
    console.say(f"web server   {settings.base_url}   (documentation at {settings.base_url}/docs)")
    # Behind the #, a key stays in the browser: it is in no request and in no log of a server.
    console.say(f"in a browser {settings.base_url}/#key={keys['clinic_key']}")
    console.say(f"clinic key   {keys['clinic_key']}   (also in {settings.folder / STATE_FILE})")
    console.say("Ctrl-C stops it")
