"""`python -m services.maintenance.health`: status 0 where somebody does the sweeps, this process or another.

For container health checks. The lead ends by itself when its holder falls silent, so that who holds it is at work.
"""

import sys

from sqlalchemy import text

from services.maintenance.leader import MAINTENANCE_LOCK
from services.maintenance.settings import AuditSettings
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import DatabaseUnavailable

_HELD = """
SELECT EXISTS (
  SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = :number AND objid = 0 AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
"""


def somebody_leads(database: Database) -> bool:
    with database.transaction() as session:
        return bool(session.execute(text(_HELD), {"number": MAINTENANCE_LOCK}).scalar_one())


def main() -> int:
    """Return 1, with the reason, if nobody leads, or if the database cannot be asked."""
    database = Database(make_engine(AuditSettings.of_environment(), DatabaseRole.WORKER))
    try:
        if somebody_leads(database):
            return 0
        print("nobody does the sweeps", file=sys.stderr)
    except DatabaseUnavailable as error:
        print(error.detail, file=sys.stderr)
    finally:
        database.close()
    return 1


if __name__ == "__main__":
    sys.exit(main())
