"""What a backup reads of the record, as the owner: one snapshot of it, what that names, and every erasure."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from services.backup.ledger_file import Ledger
from shared.contracts.enums import CaseState, ErasureReason
from shared.contracts.erasure_entry import ErasureEntry
from shared.db.models import Case, Erasure
from shared.db.session import Database

_CHUNK = 2000
# What cannot be made again. Uploads that are no case yet and photos in quarantine are not in it: nothing reads them.
_NAMED = text("""
SELECT key, sha256, media_type, true FROM artifacts
UNION ALL SELECT image_key, image_sha256, image_media_type, true FROM cases WHERE image_key IS NOT NULL
UNION ALL SELECT DISTINCT weights_key, weights_sha256, 'application/octet-stream', true FROM model_versions
UNION ALL SELECT 'models/' || version || '.md', NULL, 'text/markdown', false FROM model_versions
UNION ALL SELECT incoming_key, NULL, source_media_type, false FROM cases WHERE incoming_key IS NOT NULL
""")
_COUNTED = ("clinics", "cases", "runs", "results", "events", "deliveries", "erasures", "model_versions")


@dataclass(frozen=True, slots=True)
class Named:
    """An object that the record names. Without a digest the record holds none.

    What is not `needed` may be gone: a model's card, and photos as sent of cases that have ended.
    """

    key: str
    sha256: str | None
    media_type: str
    needed: bool


class Snapshot:
    """The record at one moment, for as long as the transaction lasts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def about(self) -> tuple[str, datetime]:
        """Return the name under which pg_dump takes the same snapshot, and its moment."""
        row = self._session.execute(text("SELECT pg_export_snapshot(), now()")).one()
        return str(row[0]), row[1]

    def server(self) -> tuple[str, str, str, str]:
        """Return the record's id, the schema's revision, the owner and the server's version."""
        query = "SELECT record_id(), version_num, current_user, current_setting('server_version') FROM alembic_version"
        record, revision, owner, version = self._session.execute(text(query)).one()
        return record, revision, owner, version

    def open_photos(self) -> list[Named]:
        """Return the photos whose runs have not ended: these have no other copy, and go when their run ends."""
        rows = self._session.execute(
            select(Case.incoming_key, Case.source_media_type).where(
                Case.state.in_([CaseState.ACCEPTED, CaseState.PROCESSING]),
                Case.incoming_key.is_not(None),
                Case.image_key.is_(None),
            )
        )
        return [Named(str(key), None, media_type, needed=True) for key, media_type in rows]

    def named(self) -> Iterator[Named]:
        for key, sha256, media_type, needed in self._session.execute(_NAMED, execution_options={"yield_per": _CHUNK}):
            yield Named(key, sha256, media_type, needed=needed)

    def counts(self) -> dict[str, int]:
        return {name: self._session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in _COUNTED}  # noqa: S608

    def balances(self) -> dict[str, list[int]]:
        return balances(self._session)


@contextmanager
def snapshot(database: Database) -> Iterator[Snapshot]:
    """Read the record as of one moment, for hours if need be. Raises DatabaseUnavailable."""
    with database.transaction() as session:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield Snapshot(session)


def balances(session: Session) -> dict[str, list[int]]:
    """Return accepted, open and ended cases of each clinic."""
    rows = session.execute(text("SELECT clinic_id, accepted, open, terminal FROM case_balance"))
    return {clinic_id: [accepted, is_open, ended] for clinic_id, accepted, is_open, ended in rows}


def ledger(session: Session) -> Ledger:
    """Return every erasure there is. Waits for those that are being written; new ones wait for a moment."""
    session.execute(text("LOCK TABLE erasures IN SHARE MODE"))
    found = Ledger(*session.execute(select(func.record_id(), func.clock_timestamp())).one())
    columns = (Erasure.case_id, Erasure.clinic_id, Erasure.requested_at, Erasure.requested_by, Erasure.reason)
    for row in session.execute(select(*columns), execution_options={"yield_per": _CHUNK}):
        case_id, clinic_id, requested_at, requested_by, reason = row
        found.add(ErasureEntry(case_id, clinic_id, requested_at, requested_by, ErasureReason(reason)))
    return found


def erased(session: Session, case_ids: list[str]) -> set[str]:
    """Return which of these cases are erased by now."""
    return set(session.scalars(select(Erasure.case_id).where(Erasure.case_id.in_(case_ids))))
