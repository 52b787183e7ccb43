"""Walks the chain of seals beside the rows that it seals, and finds what does not fit. Memory is that of one seal.

What it can find: a row that was changed, deleted, or put in later; a seal that was changed, deleted, doubled or moved.
It cannot find what was done to rows before they were sealed, nor a chain that somebody wrote anew from some seal on:
for that there are the heads, which were written elsewhere.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from services.maintenance import access_repository as repository
from services.maintenance.access_chain import BEGINNING, Seal, batch_of, marks_by_id
from services.maintenance.access_repository import Entry

MOST_FINDINGS: Final = 1_000
_MICROSECONDS: Final = 1_000_000


class Kind(StrEnum):
    """What is wrong."""

    ROW_CHANGED = "row_changed"
    ROW_MISSING = "row_missing"
    ROW_ADDED = "row_added"
    ROWS_UNSEALED = "rows_unsealed"
    ROWS_CHANGED = "rows_changed"
    SEAL_CHANGED = "seal_changed"
    SEAL_MISSING = "seal_missing"
    SEAL_MISPLACED = "seal_misplaced"
    HEAD_UNKNOWN = "head_unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, at which seal, and at which row where one is to blame."""

    kind: Kind
    seq: int
    row_id: int | None
    detail: str


@dataclass(slots=True)
class Verdict:
    """What was walked, and what was found. Of findings only the first thousand are kept; all are counted.

    `tail` rows are not sealed yet, the oldest since `tail_oldest_s`; `tail_waiting` of them may not be, as an older
    transaction is still open.
    """

    seals: int = 0
    rows: int = 0
    eras: int = 0
    head: str | None = None
    tail: int = 0
    tail_waiting: int = 0
    tail_oldest_s: float = 0.0
    violations: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, kind: Kind, seq: int, detail: str, row_id: int | None = None) -> None:
        self.violations += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(kind, seq, row_id, detail))


def verify(
    session: Session, heads: Mapping[int, str], progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Verdict:
    """Return the verdict on the record as it is now; `heads` are hashes, in hexadecimal, that seals had before.

    `progress` is told how many seals are done, of how many. Raises DatabaseUnavailable.
    """
    repository.read_as_of_now(session)
    walk = Walk(session, heads)
    count = repository.seal_count(session)
    for seal in repository.seals(session):
        walk.step(seal)
        progress(walk.verdict.seals, count)
    return walk.end()


class Ahead:
    """An iterator that shows what comes next."""

    def __init__(self, rows: Iterator[Entry]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def peek(self) -> Entry | None:
        return self._next

    def drop(self) -> None:
        self._next = next(self._rows, None)

    def rest(self) -> Iterator[Entry]:
        while self._next is not None:
            yield self._next
            self.drop()


class Walk:
    """Follows seals and rows in step: both come in one order, as long as nobody has touched them."""

    def __init__(self, session: Session, heads: Mapping[int, str]) -> None:
        self.verdict = Verdict()
        self._session = session
        self._heads = dict(heads)
        self._starts = repository.era_starts(session)
        self._seal = BEGINNING
        self._rows = self._rows_of(BEGINNING.era)

    def step(self, seal: Seal) -> None:
        """Compare the next seal with the one before, and with its rows."""
        verdict = self.verdict
        self._check_link(seal)
        self._check_head(seal)
        if seal.era != self._seal.era:
            self._leave_era(seal.seq)
            self._rows = self._rows_of(seal.era)
        self._check_rows(seal)
        verdict.seals += 1
        verdict.eras += 1 if seal.era != self._seal.era or verdict.eras == 0 else 0
        self._seal = seal

    def end(self) -> Verdict:
        """Return the verdict, once every seal was a step. What is left of the rows is the tail."""
        verdict, last = self.verdict, self._seal
        now = repository.horizon(self._session, last.last_id)
        oldest = now.at
        for row in self._rows.rest():
            verdict.tail += 1
            verdict.tail_waiting += row.xid >= now.oldest_xid
            oldest = min(oldest, row.at)
        verdict.tail_oldest_s = max(0.0, (now.at - oldest) / _MICROSECONDS)
        if verdict.seals:
            verdict.head = f"{last.seq}:{last.hash.hex()}"
        for seq in self._heads:
            verdict.add(Kind.HEAD_UNKNOWN, seq, "a head that was given names a seal that is not there")
        return verdict

    def _check_link(self, seal: Seal) -> None:
        before, add = self._seal, self.verdict.add
        if seal.computed() != seal.hash:
            add(Kind.SEAL_CHANGED, seal.seq, "its hash is not that of what it says")
        if seal.seq != before.seq + 1:
            add(Kind.SEAL_MISSING, seal.seq, f"seals {before.seq + 1} to {seal.seq - 1} are not there")
        elif seal.previous != before.hash:
            add(Kind.SEAL_MISPLACED, seal.seq, "it follows on another seal than the one before it")
        in_order = (seal.era, seal.after_id, seal.from_xid) == (before.era, before.after_id, before.to_xid)
        opens = seal.era == before.era + 1 and seal.after_id >= before.last_id and seal.from_xid == 0
        if seal.seq == before.seq + 1 and not (in_order or opens):
            add(Kind.SEAL_MISPLACED, seal.seq, "its batch does not begin where the one before ended")

    def _check_head(self, seal: Seal) -> None:
        known = self._heads.pop(seal.seq, None)
        if known is not None and known != seal.hash.hex():
            self.verdict.add(Kind.HEAD_UNKNOWN, seal.seq, f"it was logged as {known}: the chain was written anew")

    def _check_rows(self, seal: Seal) -> None:
        self._skip(seal)
        found = batch_of(self._take(seal.to_xid))
        self.verdict.rows += len(found.row_ids)
        said = seal.batch
        if found == said:
            return
        before = self.verdict.violations
        was, now = marks_by_id(said), marks_by_id(found)
        for row_id in sorted(was.keys() | now.keys()):
            if row_id not in now:
                self.verdict.add(Kind.ROW_MISSING, seal.seq, "it was sealed, and is not there", row_id)
            elif row_id not in was:
                self.verdict.add(Kind.ROW_ADDED, seal.seq, "it was not there when its time was sealed", row_id)
            elif was[row_id] != now[row_id]:
                self.verdict.add(Kind.ROW_CHANGED, seal.seq, "it says something else than when it was sealed", row_id)
        if self.verdict.violations == before:
            self.verdict.add(
                Kind.ROWS_CHANGED, seal.seq, "its rows are not those that were sealed, or in another order"
            )

    def _skip(self, seal: Seal) -> None:
        """Pass over rows between two seals, where a seal is missing."""
        self._report_unsealed(self._take(seal.from_xid), seal.seq)

    def _leave_era(self, seq: int) -> None:
        self._report_unsealed(self._rows.rest(), seq)

    def _report_unsealed(self, rows: Iterator[Entry], seq: int) -> None:
        first, count = None, 0
        for row in rows:
            first = row.id if first is None else first
            count += 1
        if count:
            self.verdict.add(
                Kind.ROWS_UNSEALED, seq, f"{count} rows before it are in no seal, this is the first", first
            )

    def _take(self, below_xid: int) -> Iterator[Entry]:
        """Yield rows of transactions below a number, and leave the first other one where it is."""
        while (row := self._rows.peek()) is not None and row.xid < below_xid:
            yield row
            self._rows.drop()

    def _rows_of(self, era: int) -> Ahead:
        # The first era takes ids of any kind: a row that was put in with a number below all others is not overlooked.
        after = None if era == BEGINNING.era else self._starts.get(era)
        return Ahead(repository.entries_between(self._session, after, self._starts.get(era + 1)))
