"""`python -m services.notifier.rotate_secrets`: encrypts every stored secret with the first of SECRETS_KEYS.

To change keys: put the new one first and keep the old one behind it, restart gateway and notifier, run this, then take
the old one away. It may be run again at any time, and beside everything else.
"""

import sys
from typing import Final

from services.notifier import repository
from services.notifier.settings import RotationSettings
from shared.db.session import Database, DatabaseRole, make_engine
from shared.errors import LesionlensError
from shared.sealing import SecretBox

_ROWS: Final = 100


def rotate(database: Database, box: SecretBox) -> int:
    """Return how many secrets are now under the first key. Raises SecretUnreadable where no key fits one."""
    with database.transaction() as session:
        repository.delete_expired(session)
    after: str | None = ""
    while after is not None:
        with database.transaction() as session:
            after = repository.reseal(session, after=after, limit=_ROWS, rotate=box.rotate)
    with database.transaction() as session:
        return repository.count(session)


def main() -> int:
    """Return 1, with the reason, where a secret cannot be read or the database cannot be asked."""
    settings = RotationSettings.of_environment()
    database = Database(make_engine(settings, DatabaseRole.WORKER))
    try:
        print(f"{rotate(database, SecretBox.of(settings))} secrets are under the first key")
    except LesionlensError as error:
        print(error.detail, file=sys.stderr)
        return 1
    finally:
        database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
