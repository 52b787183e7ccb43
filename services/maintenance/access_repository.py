"""Every SQL statement about the access log and its seals."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, Row, Select, cast, func, insert, select, text
from sqlalchemy.orm import Session

from services.maintenance.access_chain import BEGINNING, COLUMNS, Batch, Seal
from shared.db.models import AccessEntry, AccessSeal

# The pair beside the leader's: whoever seals holds it, whatever anybody believes about who leads.
_SEALING: Final = (7_041_777, 1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STREAMED: Final = {"stream_results": True, "yield_per": 2000}
_A_FEW: Final = {"stream_results": True, "yield_per": 50}
Entry: TypeAlias = Row[Any]


@dataclass(frozen=True, slots=True)
class Horizon:
    """By one snapshot: the oldest transaction that is still at work, the next to come, and the latest in the tail."""

    oldest_xid: int
    next_xid: int
    latest_xid: int
    at: int


@dataclass(frozen=True, slots=True)
class Highest:
    xid: int
    id: int


def read_as_of_now(session: Session) -> None:
    """Let the whole transaction, which only reads, see the record as it is now. The first call in it."""
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    session.execute(text("SET TRANSACTION READ ONLY"))


def try_lock(session: Session) -> bool:
    """Be the only one who seals, until the end of the transaction; False where another is."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(*_SEALING))))


def head(session: Session) -> Seal:
    """Return the last seal, or what stands before the first one."""
    found = session.scalar(select(AccessSeal).order_by(AccessSeal.seq.desc()).limit(1))
    return BEGINNING if found is None else _seal(found)


def hash_of(session: Session, seq: int) -> bytes | None:
    return session.scalar(select(AccessSeal.hash).where(AccessSeal.seq == seq))


# The tail is found by ids: transaction numbers of eras before may be higher than any of this one. What a server before
# left unsealed comes first in it.
_HORIZON: Final = text("""
WITH tail AS MATERIALIZED (SELECT xid FROM access_log WHERE id > :last_id ORDER BY id LIMIT 1000)
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS following,
       coalesce((SELECT max(xid) FROM tail), 0) AS latest,
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS at
""")


def horizon(session: Session, last_id: int) -> Horizon:
    """Return up to where rows are complete. What is below `oldest_xid` has been committed or never will be."""
    row = session.execute(_HORIZON, {"last_id": last_id}).one()
    return Horizon(row.oldest, row.following, row.latest, row.at)


def end_of_batch(session: Session, after_id: int, from_xid: int, below_xid: int, rows: int) -> int:
    """Return the transaction number before which a batch of about so many rows ends; a transaction is never parted."""
    inside = (AccessEntry.xid >= from_xid, AccessEntry.xid < below_xid, AccessEntry.id > after_id)
    by_xid = select(AccessEntry.xid).where(*inside).order_by(AccessEntry.xid, AccessEntry.id)
    beyond = session.scalar(by_xid.offset(rows).limit(1))
    if beyond is None:
        return below_xid
    first = session.scalar(by_xid.limit(1))
    return beyond if first != beyond else beyond + 1


def highest(session: Session, after_id: int, from_xid: int) -> Highest | None:
    """Return the highest numbers among rows beyond an id and of transactions from this one on; None without any."""
    query = select(func.max(AccessEntry.xid), func.max(AccessEntry.id))
    row = session.execute(query.where(AccessEntry.xid >= from_xid, AccessEntry.id > after_id)).one()
    return None if row[0] is None else Highest(*row)


def entries(
    session: Session, after_id: int, from_xid: int, to_xid: int, *, up_to_id: int | None = None
) -> Iterator[Entry]:
    """Return rows beyond an id and of some transactions, in the order in which they are sealed."""
    inside: list[ColumnElement[bool]] = [
        AccessEntry.xid >= from_xid,
        AccessEntry.xid < to_xid,
        AccessEntry.id > after_id,
    ]
    if up_to_id is not None:
        inside.append(AccessEntry.id <= up_to_id)
    yield from session.execute(_entries().where(*inside), execution_options=_STREAMED)


def entries_between(session: Session, after_id: int | None, up_to_id: int | None) -> Iterator[Entry]:
    """Return all rows with such ids, in the order in which they are sealed."""
    inside: list[ColumnElement[bool]] = []
    if after_id is not None:
        inside.append(AccessEntry.id > after_id)
    if up_to_id is not None:
        inside.append(AccessEntry.id <= up_to_id)
    yield from session.execute(_entries().where(*inside), execution_options=_STREAMED)


def _entries() -> Select[Any]:
    microseconds = cast(func.extract("epoch", AccessEntry.at) * 1_000_000, BigInteger).label("at")
    columns = [microseconds if name == "at" else getattr(AccessEntry, name) for name in COLUMNS]
    return select(*columns).order_by(AccessEntry.xid, AccessEntry.id)


def seals(session: Session) -> Iterator[Seal]:
    """Return the chain from its beginning."""
    query = select(AccessSeal).order_by(AccessSeal.seq).execution_options(populate_existing=True)
    for row in session.scalars(query, execution_options=_A_FEW):
        yield _seal(row)
        session.expunge(row)


def seal_count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(AccessSeal)) or 0


def era_starts(session: Session) -> dict[int, int]:
    """Return the id after which each era's rows come."""
    rows = session.execute(select(AccessSeal.era, func.min(AccessSeal.after_id)).group_by(AccessSeal.era))
    return dict(rows.tuples().all())


def add_seal(session: Session, seal: Seal) -> None:
    batch = seal.batch
    session.execute(
        insert(AccessSeal).values(
            seq=seal.seq,
            sealed_at=_EPOCH + timedelta(microseconds=seal.sealed_at),
            era=seal.era,
            after_id=seal.after_id,
            from_xid=seal.from_xid,
            to_xid=seal.to_xid,
            last_id=seal.last_id,
            row_ids=batch.row_ids,
            row_marks=batch.row_marks,
            rows_sha256=batch.rows_sha256,
            previous=seal.previous,
            hash=seal.hash,
        )
    )


def _seal(row: AccessSeal) -> Seal:
    return Seal(
        seq=row.seq,
        sealed_at=(row.sealed_at - _EPOCH) // timedelta(microseconds=1),
        era=row.era,
        after_id=row.after_id,
        from_xid=row.from_xid,
        to_xid=row.to_xid,
        last_id=row.last_id,
        batch=Batch(row.row_ids, row.row_marks, row.rows_sha256),
        previous=row.previous,
        hash=row.hash,
    )
