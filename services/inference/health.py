"""`python -m services.inference.health`: status 0 where a worker on this host has looked for work lately.

For container health checks. A worker that only breathes does not count; neither does one that nobody can see.
"""

import platform
import sys
from typing import Final

from services.inference.settings import HealthSettings
from shared.db import presence
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import DatabaseUnavailable

# Longer than the slowest batch between two looks, as the worker's own watchdog has it.
SILENCE_S: Final = 60.0


def looks(database: Database, host: str) -> bool:
    """Return whether a worker of the host has claimed, or found nothing to claim, in the last minute."""
    with database.transaction() as session:
        return presence.looks(session, host, "inference", SILENCE_S)


def main() -> int:
    """Return 1, with the reason, if none has, or if the database cannot be asked."""
    database = Database(make_engine(HealthSettings.of_environment(), DatabaseRole.WORKER))
    try:
        if looks(database, platform.node()):
            return 0
        print("no worker of this host has looked for work in the last minute", file=sys.stderr)
    except DatabaseUnavailable as error:
        print(error.detail, file=sys.stderr)
    finally:
        database.close()
    return 1


if __name__ == "__main__":
    sys.exit(main())
