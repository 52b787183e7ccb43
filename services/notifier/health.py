"""`python -m services.notifier.health`: status 0 where a notifier on this host has looked for deliveries lately.

For container health checks. A process that only breathes does not count.
"""

import platform
import sys
from typing import Final

from services.notifier.settings import HealthSettings
from shared.db import presence
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import DatabaseUnavailable

# Longer than any request, as the drain looks again each second while others are under way.
SILENCE_S: Final = 60.0


def main() -> int:
    """Return 1, with the reason, if none has, or if the database cannot be asked."""
    database = Database(make_engine(HealthSettings.of_environment(), DatabaseRole.WORKER))
    try:
        with database.transaction() as session:
            if presence.looks(session, platform.node(), "notifier", SILENCE_S):
                return 0
        print("no notifier of this host has looked for deliveries in the last minute", file=sys.stderr)
    except DatabaseUnavailable as error:
        print(error.detail, file=sys.stderr)
    finally:
        database.close()
    return 1


if __name__ == "__main__":
    sys.exit(main())
