"""What a receiver of webhooks has to remember, in one SQLite file: which messages it has had, how new each case is.

A message may come twice (an answer can be lost on its way), and messages may overtake each other. So a message is
handled once by its id, and only if it tells of a newer version of its case than the one known. Handling and
remembering are one transaction: a crash between them leaves neither, the sender tries again, nothing is lost.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Longer than events are kept for redelivery (30 days) and than their last attempts can take after that (4 days).
KEPT_S: Final = 60 * 86400
_PATIENCE_S: Final = 5.0
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, received_at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cases (id TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
"""
_NEWER: Final = """
INSERT INTO cases (id, version) VALUES (?, ?)
ON CONFLICT (id) DO UPDATE SET version = excluded.version WHERE excluded.version > cases.version
"""


class Verdict(StrEnum):
    """What became of a message. All of them are good answers to the sender."""

    HANDLED = "handled"
    DUPLICATE = "duplicate"
    """A message with this id was handled before."""
    NOT_NEWER = "not newer"
    """This version of the case is known already, or a later one."""


class Memory:
    """One file, shared by the threads of a process, and by processes. To be closed."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it. Raises sqlite3.Error if that cannot be done."""
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")  # what was answered with 2xx survives a power cut
        self._database.executescript(_TABLES)
        self._database.execute("DELETE FROM messages WHERE received_at < ?", (time.time() - KEPT_S,))

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def once(
        self,
        message_id: str,
        case_id: str | None,
        version: int | None,
        handle: Callable[[sqlite3.Connection], None],
    ) -> Verdict:
        """Call `handle`, unless this message, or as new a version of its case, was handled before.

        `handle` gets the connection with the transaction open: what it writes there is kept together with the memory
        of the message, or not at all. What it raises is passed on, and nothing is remembered. Messages of no case
        (`case_id` None) are known by their id alone.
        """
        with self._transaction() as database:
            values = (message_id, time.time())
            if not database.execute("INSERT OR IGNORE INTO messages (id, received_at) VALUES (?, ?)", values).rowcount:
                return Verdict.DUPLICATE
            if case_id is not None and not database.execute(_NEWER, (case_id, version)).rowcount:
                return Verdict.NOT_NEWER
            handle(database)
            return Verdict.HANDLED

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
