"""One holder among several processes, decided by Postgres: a lock that lives and dies with one connection."""

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.errors import DatabaseUnavailable

# The server must notice that a holder has gone without closing its connection. A machine without power falls silent on
# the wire, within 11 s; a frozen process falls silent as a client only.
_KEEPALIVES = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3"
_SILENCE = "SELECT set_config('idle_session_timeout', :silence, false)"


class SessionLock:
    """An advisory lock held by a connection of its own, outside the pool. Not for several threads.

    `number` names it within the database. A holder that does not ask for `silence_s` has lost it. Needs a connection
    that keeps its server session: no pooler that changes sessions between transactions.
    """

    def __init__(self, engine: Engine, number: int, *, silence_s: float = 60) -> None:
        self._engine = engine
        self._number = {"number": number}
        self._silence = {"silence": f"{round(silence_s * 1000)}ms"}
        self._connection: Connection | None = None
        self._held = False

    def hold(self) -> bool:
        """Return whether this process holds the lock now: asks the server each time, and takes the lock if it is free.

        Raises DatabaseUnavailable where the server does not answer; the lock counts as lost then.
        """
        try:
            connection = self._connection or self._connect()
            if self._held:
                connection.execute(text("SELECT 1"))
            else:
                taken = connection.execute(text("SELECT pg_try_advisory_lock(:number, 0)"), self._number)
                self._held = bool(taken.scalar_one())
        except (DBAPIError, PoolTimeoutError) as error:
            self.release()
            raise DatabaseUnavailable("the session that holds the lock is gone") from error
        return self._held

    def release(self) -> None:
        """Close the connection, and with it the lock."""
        connection, self._connection, self._held = self._connection, None, False
        if connection is not None:
            connection.invalidate()
            connection.close()

    def _connect(self) -> Connection:
        # Remembered at once: what fails below must be closed, never used again with a session that holds nothing.
        connection = self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        connection.execute(text(_KEEPALIVES))
        connection.execute(text(_SILENCE), self._silence)
        return connection
