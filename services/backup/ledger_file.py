"""The erasure ledger as one file: a line that says of which record and up to when it is complete, a line for each case.

The file beside the backups grows with every backup made to that folder; `ledger` writes one by itself.
"""

import os
import re
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from services.backup.refusal import Refused
from shared.contracts.erasure_entry import ErasureEntry

_HEAD = re.compile(r"erasures of (rec_[0-9a-f]{32}|-) complete to (\S+)")


@dataclass
class Ledger:
    """Every erasure asked for before `complete_to` is in it, and maybe some later ones; None: nothing is promised.

    The promise is about one record alone, by its id; entries of any other may be among them.
    """

    record: str | None
    complete_to: datetime | None = None
    entries: dict[str, ErasureEntry] = field(default_factory=dict)

    def add(self, entry: ErasureEntry) -> None:
        """Keep the entry unless the case has one: the first record of an erasure counts."""
        self.entries.setdefault(entry.case_id, entry)

    def merge(self, other: "Ledger") -> None:
        for entry in other.entries.values():
            self.add(entry)
        if other.record != self.record or other.complete_to is None:
            return
        if self.complete_to is None or other.complete_to > self.complete_to:
            self.complete_to = other.complete_to

    def write(self, path: Path) -> None:
        """Replace the file whole. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                moment = self.complete_to.isoformat() if self.complete_to else "-"
                file.write(f"erasures of {self.record or '-'} complete to {moment}\n".encode())
                file.writelines(entry.encoded() + b"\n" for entry in self.entries.values())
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @classmethod
    def read(cls, path: Path) -> "Ledger":
        """Raise Refused where there is no such file, or a line of it cannot be read."""
        try:
            with path.open("rb") as file:
                found = cls(*_promise(file.readline().decode("utf-8").strip()))
                for line in file:
                    found.add(ErasureEntry.decoded(line))
        except (OSError, ValueError) as error:
            raise Refused(f"{path} is not a ledger that can be read: {type(error).__name__}") from error
        return found


def _promise(head: str) -> tuple[str | None, datetime | None]:
    """Raise ValueError where this is not the first line of a ledger."""
    found = _HEAD.fullmatch(head)
    if found is None:
        raise ValueError(head)
    record, moment = (None if words == "-" else words for words in found.groups())
    return record, None if moment is None else datetime.fromisoformat(moment)
