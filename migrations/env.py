"""How Alembic meets the database: one migrator at a time, and never a long wait for a lock."""

from alembic import context
from sqlalchemy import Connection, text

import shared.db.models  # noqa: F401  (registers the tables for comparison)
from shared.db.base import Base
from shared.db.session import make_engine
from shared.settings import DatabaseSettings

LOCK_TIMEOUT = "5s"
# Any number of our own, the same in every release: two migrators wait for each other instead of colliding.
MIGRATION_LOCK = 7_041_776


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=False)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        context.run_migrations()


given = context.config.attributes.get("connection")
if isinstance(given, Connection):
    _migrate(given)
else:
    settings = DatabaseSettings(database_statement_timeout_ms=600_000)
    engine = make_engine(settings, role=None)
    with engine.connect() as own:
        _migrate(own)
    engine.dispose()
