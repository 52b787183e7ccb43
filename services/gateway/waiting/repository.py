"""The watcher's connection: what Postgres tells of its own accord, and the one question that is asked every second.

It learns ids and versions of cases, of all clinics and nothing else of them. Not for several threads.
"""

import select
from typing import TYPE_CHECKING, Any, Final, cast

import psycopg2
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from psycopg2.extensions import connection as RawConnection  # noqa: N812

CHANNEL: Final = "case_changed"
_NEWER: Final = text("SELECT id, version FROM cases_beyond(CAST(:ids AS text[]), CAST(:versions AS integer[]))")
_BROKEN: Final = (DBAPIError, PoolTimeoutError, psycopg2.Error, OSError)


class Listener:
    """A connection outside the pool that listens. Every method raises DatabaseUnavailable, and has closed it then."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def open(self) -> None:
        """Connect and listen. Behind a pooler that changes sessions nothing is ever heard, and nothing breaks."""
        try:
            # Remembered at once, so that whatever fails below is closed.
            connection = self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
            connection.execute(text(f"LISTEN {CHANNEL}"))
        except _BROKEN as error:
            raise self._lost() from error

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    def hear(self, seconds: float, interrupt: int) -> list[tuple[str, int]]:
        """Return which case has which version, as soon as Postgres says so.

        Empty after so many seconds, or as soon as the file descriptor `interrupt` can be read.
        """
        raw = self._raw()
        try:
            if not raw.notifies:
                # Not select(): with thousands of callers the descriptor's number is beyond what that can take.
                ready = select.poll()
                ready.register(raw.fileno(), select.POLLIN)
                ready.register(interrupt, select.POLLIN)
                ready.poll(max(0.0, seconds) * 1000)
            raw.poll()
        except _BROKEN as error:
            raise self._lost() from error
        heard = [_read(notice.payload) for notice in raw.notifies]
        raw.notifies.clear()
        return [item for item in heard if item is not None]

    def newer(self, versions: dict[str, int]) -> list[tuple[str, int]]:
        """Return those of the cases that are beyond the version given, with the version that they have."""
        connection = self._connection
        if connection is None:
            raise self._lost()
        try:
            rows = connection.execute(_NEWER, {"ids": list(versions), "versions": list(versions.values())})
            return [(row.id, row.version) for row in rows]
        except _BROKEN as error:
            raise self._lost() from error

    def _raw(self) -> "RawConnection":
        if self._connection is None:
            raise self._lost()
        found: Any = self._connection.connection.dbapi_connection
        return cast("RawConnection", found)

    def _lost(self) -> DatabaseUnavailable:
        self.close()
        return DatabaseUnavailable("the connection that listens for changes is gone")


def _read(payload: str) -> tuple[str, int] | None:
    case_id, _, version = payload.partition(" ")
    return (case_id, int(version)) if version.isdecimal() else None
