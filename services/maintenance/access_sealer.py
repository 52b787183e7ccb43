"""Seals the access log: once a second, what has been complete since, as one more link of a chain of hashes.

Complete is what was written by transactions older than the oldest one still at work: nothing can be added to that any
more. Gaps between ids say nothing, as a transaction that is rolled back leaves one.
"""

from dataclasses import dataclass, replace
from typing import Self

from sqlalchemy.orm import Session

from services.maintenance import access_repository as repository
from services.maintenance.access_chain import BEGINNING, Batch, Seal, batch_of
from services.maintenance.access_repository import Horizon
from shared.db.session import Database
from shared.observability.logging import get_logger

_log = get_logger(__name__)
_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next batch begins."""

    era: int
    after_id: int
    from_xid: int

    @classmethod
    def behind(cls, head: Seal) -> Self:
        return cls(head.era, head.after_id, head.to_xid)


class Sealer:
    """Any number of them may be about, of one process or several: one seals at a time, and each on the last seal."""

    def __init__(self, database: Database, *, rows: int = _ROWS) -> None:
        self._database = database
        self._rows = rows
        self._written = BEGINNING
        self._said_broken = False

    def act(self) -> bool:
        """Seal one batch, if there is anything. Return whether there is more."""
        with self._database.transaction() as session:
            if not repository.try_lock(session):
                return False
            self._look_back(session)
            head = repository.head(session)
            now = repository.horizon(session, head.last_id)
            place = Place.behind(head)
            if _is_another_server(head, now):
                head = _close_era(session, head, now)
                place = Place(head.era + 1, after_id=head.last_id, from_xid=0)
                _log.warning("access_log_era", era=place.era, after_id=place.after_id)
            end = repository.end_of_batch(session, place.after_id, place.from_xid, now.oldest_xid, self._rows)
            batch = batch_of(repository.entries(session, place.after_id, place.from_xid, end))
            if not batch.row_ids and place.era == head.era:
                return False
            seal = _sealed(head, place, end, batch, now.at)
            repository.add_seal(session, seal)
        self._written = seal
        return end < now.oldest_xid

    def tell_head(self) -> None:
        """Write the head of the chain into the log, which is kept elsewhere: who rewrites the chain cannot reach it."""
        with self._database.transaction() as session:
            head = repository.head(session)
        _log.info("access_log_head", seq=head.seq, head=f"{head.seq}:{head.hash.hex()}")

    def _look_back(self, session: Session) -> None:
        """Say so, once, where the last seal of ours is not there as we wrote it."""
        seq = self._written.seq
        if seq and not self._said_broken and repository.hash_of(session, seq) != self._written.hash:
            self._said_broken = True
            _log.error("access_chain_broken", seq=seq, head=f"{seq}:{self._written.hash.hex()}")


def _sealed(head: Seal, place: Place, end: int, batch: Batch, at: int) -> Seal:
    seal = Seal(
        seq=head.seq + 1,
        sealed_at=at,
        era=place.era,
        after_id=place.after_id,
        from_xid=place.from_xid,
        to_xid=end,
        last_id=max(head.last_id, *batch.row_ids, 0),
        batch=batch,
        previous=head.hash,
    )
    return replace(seal, hash=seal.computed())


def _is_another_server(head: Seal, now: Horizon) -> bool:
    """Return whether rows or seals come from transactions that this server has not had: a dump was restored on it."""
    return now.next_xid < head.to_xid or now.latest_xid >= now.next_xid


def _close_era(session: Session, head: Seal, now: Horizon) -> Seal:
    """Seal what the server before had not sealed, whose numbers go on where the last seal ended. Return the last seal.

    Its rows are known by numbers that this server has not given out, and by ids below those: ids go on after a restore.
    """
    left = repository.highest(session, head.after_id, max(head.to_xid, now.next_xid))
    if left is None:
        return head
    rows = repository.entries(session, head.after_id, head.to_xid, left.xid + 1, up_to_id=left.id)
    seal = _sealed(head, Place.behind(head), left.xid + 1, batch_of(rows), now.at)
    repository.add_seal(session, seal)
    return seal
