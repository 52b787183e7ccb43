"""Real servers for tests and scripts, each by one call; they end with the calling process, whatever kills it.

    start_postgres(folder, *, port=None, durable=False) -> RunningServer   .url: superuser, database `postgres`
    start_valkey(folder, *, port=None, durable=False)   -> RunningServer   .url: redis://:password@127.0.0.1:port/0
    start_s3(folder, *, port=None)                      -> RunningServer   .url: endpoint; .store: keys and bucket name
    create_owner(server, *, database="lesionlens", password=None) -> str   URL of role lesionlens_owner, who migrates
    scratch_folder()                       -> context manager: a folder that every account can enter, removed at the end

RunningServer: .name .url .port .pid .store .log; stop() politely, kill() like a power cut, restart() on the same port
and data; a context manager. Call from the main thread. `folder` should lie in a folder that other accounts can enter
(scratch_folder, not pytest's tmp_path): under root, Postgres runs as another user and would put its data under
/var/lib/lesionlens instead. Refuses to make buckets, tables or migrations: those belong to the code under test.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

from services.standalone.child import Child, Command
from services.standalone.database_roles import create_owner_role
from services.standalone.object_store import ObjectStore, StoreAddress
from services.standalone.ports import free_port
from services.standalone.postgres import Postgres
from services.standalone.valkey import Valkey

_READY_WITHIN_S = 30.0


class RunningServer:
    """A started server. `command` is asked again at every restart; `probe` tells when it answers."""

    def __init__(
        self,
        command: Callable[[], Command],
        probe: Callable[[], bool],
        *,
        url: str,
        port: int,
        store: StoreAddress | None = None,
    ) -> None:
        self._command = command
        self._probe = probe
        self.url = url
        self.port = port
        self._store = store
        self._child = Child(command())

    @property
    def name(self) -> str:
        return self._child.command.name

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def log(self) -> str:
        """The last lines that the server wrote."""
        return self._child.last_lines

    @property
    def store(self) -> StoreAddress:
        if self._store is None:
            raise AttributeError(f"{self.name} is no object store")
        return self._store

    def wait_ready(self) -> Self:
        """Returns itself. Raises StartFailed, with the server's last lines, after 30 s or when it ends."""
        try:
            self._child.wait_ready(self._probe, _READY_WITHIN_S)
        except BaseException:
            self._child.kill()
            raise
        return self

    def stop(self) -> None:
        self._child.stop()

    def kill(self) -> None:
        self._child.kill()

    def restart(self) -> None:
        """Same port, same data; kills it first if it still runs."""
        self._child.kill()
        self._child = Child(self._command())
        self.wait_ready()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start_postgres(folder: Path, *, port: int | None = None, durable: bool = False) -> RunningServer:
    postgres, at = Postgres(folder, durable=durable), port or free_port()
    postgres.initialise()
    server = RunningServer(lambda: postgres.command(at), lambda: postgres.ready(at), url=postgres.url(at), port=at)
    return server.wait_ready()


def start_valkey(folder: Path, *, port: int | None = None, durable: bool = False) -> RunningServer:
    valkey, at = Valkey(folder, durable=durable), port or free_port()
    server = RunningServer(lambda: valkey.command(at), lambda: valkey.ready(at), url=valkey.url(at), port=at)
    return server.wait_ready()


def start_s3(folder: Path, *, port: int | None = None) -> RunningServer:
    emulator, at = ObjectStore(folder), port or free_port()
    address = emulator.address(at)
    server = RunningServer(
        lambda: emulator.command(at), lambda: emulator.ready(at), url=address.endpoint, port=at, store=address
    )
    return server.wait_ready()


def create_owner(server: RunningServer, *, database: str = "lesionlens", password: str | None = None) -> str:
    """Create (or find) role lesionlens_owner and its database; several databases on one server are fine."""
    return create_owner_role(server.url, database=database, password=password)


@contextlib.contextmanager
def scratch_folder(within: Path | None = None) -> Iterator[Path]:
    """A fresh folder of mode 0755, removed at the end with everything in it; without `within` where such things go."""
    folder = Path(tempfile.mkdtemp(prefix="lesionlens-", dir=within))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
