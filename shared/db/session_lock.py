"""One holder among several processes, decided by Postgres: a lock that lives and dies with one connection."""

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.errors import DatabaseUnavailable

# Set for this one session. The server must notice that a holder has gone without closing the connection: a machine
# without power by its silence on the wire within 11 s, a frozen process by its silence as a client.
_SESSION = (
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;"
    " SET idle_session_timeout = '60s'"
)


class SessionLock:
    """An advisory lock held by a connection of its own, outside the pool. Not for several threads.

    `number` and `second` name it within the database. Needs a connection that keeps its server session: no pooler that
    changes sessions between transactions.
    """

    def __init__(self, engine: Engine, number: int, second: int = 0) -> None:
        self._engine = engine
        self._name = {"number": number, "second": second}
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
                taken = connection.execute(text("SELECT pg_try_advisory_lock(:number, :second)"), self._name)
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
        connection.execute(text(_SESSION))
        return connection
