"""The bytes that stand for a row of the access log and for a seal, and their hashes. Pure.

A row is a JSON array of its columns in the order of `COLUMNS`, without spaces and in ASCII; its digest is the SHA-256
of that. A seal is the same of its own columns, with the hash of the seal before it: so each stands for all before it.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

COLUMNS: Final = (
    "id",
    "xid",
    "at",  # microseconds since 1970
    "clinic_id",
    "caller",
    "key_id",
    "device_id",
    "action",
    "case_id",
    "subject",
    "part",
    "version",
    "count",
    "outcome",
    "address",
    "request_id",
)
MARK_BYTES: Final = 8
_FORM: Final = "lesionlens access seal 1"


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of a seal, in order: their ids, the beginning of each digest, and the digest of all digests."""

    row_ids: list[int]
    row_marks: bytes
    rows_sha256: bytes


@dataclass(frozen=True, slots=True)
class Seal:
    """A batch in its place in the chain. `sealed_at` in microseconds since 1970; the rest as in the table."""

    seq: int
    sealed_at: int
    era: int
    after_id: int
    from_xid: int
    to_xid: int
    last_id: int
    batch: Batch
    previous: bytes
    hash: bytes = field(default=b"")

    def computed(self) -> bytes:
        """Return what the hash has to be."""
        batch = self.batch
        body = [
            _FORM,
            *(self.seq, self.sealed_at, self.era, self.after_id, self.from_xid, self.to_xid, self.last_id),
            batch.row_ids,
            batch.row_marks.hex(),
            batch.rows_sha256.hex(),
            self.previous.hex(),
        ]
        return hashlib.sha256(_bytes_of(body)).digest()


# What the first seal follows on.
BEGINNING: Final = Seal(0, 0, 1, 0, 0, 0, 0, Batch([], b"", b""), b"", hash=bytes(32))


def batch_of(rows: Iterable[Sequence[Any]]) -> Batch:
    """Return the batch of these rows, each with the columns in order."""
    ids, marks, digests = [], bytearray(), hashlib.sha256()
    for row in rows:
        digest = hashlib.sha256(_bytes_of(list(row))).digest()
        ids.append(int(row[0]))
        marks += digest[:MARK_BYTES]
        digests.update(digest)
    return Batch(ids, bytes(marks), digests.digest())


def marks_by_id(batch: Batch) -> dict[int, bytes]:
    marks = (batch.row_marks[at : at + MARK_BYTES] for at in range(0, len(batch.row_marks), MARK_BYTES))
    return dict(zip(batch.row_ids, marks, strict=False))


def _bytes_of(value: list[Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")
