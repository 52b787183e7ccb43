"""Database and store alone, without any service, for a command that needs nobody beside it: a restore above all."""

import subprocess
import sys
from collections.abc import Sequence

from services.standalone.console import Console
from services.standalone.ports import free_port
from services.standalone.preparation import make_owner
from services.standalone.session import run_stack
from services.standalone.settings import PROJECT, StandaloneSettings, inherited_environment
from services.standalone.stack import plan
from services.standalone.state import holder
from services.standalone.supervisor import Supervisor

_NOT_NEEDED = "valkey"
_LOOK_S = 0.1


def run_alone(settings: StandaloneSettings, command: Sequence[str]) -> int:
    """Return the command's exit status, or 1 where the stack runs or the servers did not start."""
    if holder(settings.folder) is not None:
        print("it runs: `make stop` first", file=sys.stderr)
        return 1
    alone = Alone(command)
    # No port of ours is opened: whoever has the web server's may keep it.
    status = run_stack(settings.model_copy(update={"port": free_port()}), alone.bring_up)
    return alone.status or status


class Alone:
    """Runs `command` with the servers' addresses in its environment. Its exit status is in `status` afterwards."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self.status = 1

    def bring_up(self, settings: StandaloneSettings, console: Console, supervisor: Supervisor) -> None:
        console.say(f"starting database and store; the data is in {settings.folder}")
        servers, addresses = plan(settings)
        supervisor.start([server for server in servers if server.name != _NOT_NEEDED])
        make_owner(addresses)
        store = addresses.store
        told = {
            "DATABASE_URL": addresses.owner_url,
            "S3_ENDPOINT": store.endpoint,
            "S3_BUCKET": store.bucket,
            "S3_ACCESS_KEY": store.access_key,
            "S3_SECRET_KEY": store.secret_key,
        }
        self.status = _run(self._command, told, supervisor)
        supervisor.interrupt()


def _run(command: Sequence[str], told: dict[str, str], supervisor: Supervisor) -> int:
    """Run the command and return its status. An end that is asked for ends it first, and waits while it clears away."""
    with subprocess.Popen(command, cwd=PROJECT, env=inherited_environment() | told) as process:
        while not supervisor.interrupted:
            try:
                return process.wait(_LOOK_S)
            except subprocess.TimeoutExpired:
                continue
        process.terminate()
        return process.wait()
