"""One run of the stack, from the lock to the last stopped process, and what it tells the person who started it."""

import os
import secrets
import time
from collections.abc import Callable

from services.standalone.child import StartFailed
from services.standalone.console import Console
from services.standalone.ports import free_port, is_free
from services.standalone.preparation import make_keys, prepare
from services.standalone.settings import StandaloneSettings, colour_refused
from services.standalone.stack import Addresses, plan, services
from services.standalone.state import AlreadyRunning, FolderLock, lock_when_free, read_state, write_state
from services.standalone.supervisor import StopRequested, Supervisor

BringUp = Callable[[StandaloneSettings, Console, Supervisor], None]
_SETTLE_S = 20.0


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
    prepare(supervisor, settings, addresses)
    known = read_state(settings.folder)
    keys = make_keys(supervisor, settings, addresses, known)
    supervisor.on_change = lambda pids: write_state(settings.folder, _state(settings, addresses, keys, pids))
    supervisor.start(services(settings, addresses))
    console.say(f"ready after {time.monotonic() - began:.1f} s")
    console.say("for evaluation only: anyone with an account on this machine could reach its servers", alarm=True)
    console.say(f"web server   {settings.base_url}   (documentation at {settings.base_url}/docs)")
    console.say(f"clinic key   {keys['clinic_key']}   (also in {settings.folder / 'standalone.json'})")
    console.say("Ctrl-C stops it")


def _state(
    settings: StandaloneSettings, addresses: Addresses, keys: dict[str, str], pids: dict[str, int]
) -> dict[str, object]:
    return {
        "base_url": settings.base_url,
        **keys,
        "database_url": addresses.owner_url,
        "redis_url": addresses.redis_url,
        "s3": vars(addresses.store),
        "pids": {"supervisor": os.getpid(), **pids} if pids else {},
    }
