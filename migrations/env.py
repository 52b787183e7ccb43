"""How Alembic meets the database: one migrator at a time, each step by itself, and never a long wait for a lock.

A step that waits for a lock keeps everybody waiting who comes after it. So it gives up after a moment, everybody goes
on, and it is tried again: no reader and no writer waits longer than that.
"""

import time

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

import shared.db.models  # noqa: F401  (registers the tables for comparison)
from shared.db.base import Base
from shared.db.session import make_engine
from shared.settings import DatabaseSettings

LOCK_TIMEOUT = "400ms"
PATIENCE_S = 300.0
PAUSE_S = 1.0
# Any number of our own, the same in every release: two migrators wait for each other instead of colliding.
MIGRATION_LOCK = 7_041_776
_LOCK_NOT_AVAILABLE = "55P03"


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
    connection.commit()
    try:
        _until_done(connection)
    finally:
        connection.rollback()
        connection.execute(text("RESET lock_timeout"))
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": MIGRATION_LOCK})
        connection.commit()


def _until_done(connection: Connection) -> None:
    """Do every step; what is done stays so. Raises OperationalError where a lock cannot be had for minutes."""
    give_up = time.monotonic() + PATIENCE_S
    while True:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
        try:
            with context.begin_transaction():
                context.run_migrations()
        except OperationalError as error:
            if getattr(error.orig, "pgcode", None) != _LOCK_NOT_AVAILABLE or time.monotonic() > give_up:
                raise
            connection.rollback()
            print("a lock was not to be had at once; everybody goes on, and it is tried again")
            time.sleep(PAUSE_S)
        else:
            return


given = context.config.attributes.get("connection")
if isinstance(given, Connection):
    _migrate(given)
else:
    settings = DatabaseSettings.of_environment().model_copy(update={"database_statement_timeout_ms": 600_000})
    engine = make_engine(settings, role=None)
    with engine.connect() as own:
        _migrate(own)
    engine.dispose()
