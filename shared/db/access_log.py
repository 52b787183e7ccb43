"""Writes the access log: in the transaction of what it tells of, so that neither is there without the other.

Nothing here commits, and nothing changes a row: the roles of the services may only add.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.contracts.access import ONCE_A_VERSION, AccessAction, AccessOutcome, ActorKind


@dataclass(frozen=True, slots=True)
class Origin:
    """Who acts, and from where. `address` is a pseudonym, `clinic_id` the caller's own clinic.

    Built once a request and handed down. A row is written under its clinic: the transaction has to name the same one.
    """

    caller: ActorKind
    clinic_id: str | None = None
    key_id: str | None = None
    device_id: str | None = None
    address: str | None = None
    request_id: str | None = None

    @property
    def who(self) -> str | None:
        return self.device_id or self.key_id


COMMAND_LINE: Final = Origin(ActorKind.COMMAND_LINE)
MAINTENANCE: Final = Origin(ActorKind.MAINTENANCE)


@dataclass(frozen=True, slots=True)
class Access:
    """What was done. Ids and words of ours only: the table refuses whatever looks like anything else.

    `subject` is the id of what was acted on, where that is no case or something of one; `part` says which kind of it,
    `count` how many.
    """

    action: AccessAction
    case_id: str | None = None
    subject: str | None = None
    part: str | None = None
    version: int | None = None
    count: int | None = None
    outcome: AccessOutcome = AccessOutcome.DONE


_COLUMNS: Final = tuple(each.name for kind in (Origin, Access) for each in fields(kind))
_NAMES: Final = ", ".join(_COLUMNS)
_VALUES: Final = ", ".join(f":{name}" for name in _COLUMNS)
# Without RETURNING, which row-level security would want a right to read for.
_EACH: Final = text(f"INSERT INTO access_log ({_NAMES}) VALUES ({_VALUES})")  # noqa: S608 - names of our own
# Nothing is inserted where the row is there, so that a read that was told before stays a read: it takes no
# transaction number and flushes nothing.
_FIRST: Final = text(f"""
INSERT INTO access_log ({_NAMES}) SELECT {_VALUES}
 WHERE NOT EXISTS (SELECT FROM access_log
                    WHERE case_id = :case_id AND version = :version AND action = :action
                      AND coalesce(device_id, key_id) = :who AND action IN ('case_read', 'runs_read', 'events_read'))
ON CONFLICT DO NOTHING
""")  # noqa: S608


def record_access(session: Session, origin: Origin, access: Access) -> None:
    """Add a row. Raises IntegrityError where a value is neither an id nor a word, as that is a defect of the caller."""
    session.execute(_EACH, _told(origin, access))


def record_first_read(session: Session, origin: Origin, access: Access) -> None:
    """Add a row unless this caller has read this version of the case before. Raises ValueError for other actions."""
    if access.action not in ONCE_A_VERSION:
        raise ValueError(f"{access.action} is written each time")
    session.execute(_FIRST, _told(origin, access) | {"who": origin.who})


def _told(origin: Origin, access: Access) -> dict[str, Any]:
    return asdict(origin) | asdict(access)
