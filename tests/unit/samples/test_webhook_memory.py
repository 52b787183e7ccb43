"""The memory of a receiver: once for each message, newer versions only, all or nothing, also between processes."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from samples.webhook_memory import KEPT_S, Memory, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory.sqlite3"


@pytest.fixture
def memory(path: Path) -> Iterator[Memory]:
    with closing(Memory(path)) as memory:
        yield memory


def nothing(_: sqlite3.Connection) -> None:
    pass


def test_versions_in_any_order_end_at_the_highest(memory: Memory) -> None:
    verdicts = [memory.once(f"evt_{version}", "case_a", version, nothing) for version in (3, 1, 5, 4, 5, 6)]
    assert verdicts == [
        Verdict.HANDLED,
        Verdict.NOT_NEWER,
        Verdict.HANDLED,
        Verdict.NOT_NEWER,
        Verdict.DUPLICATE,
        Verdict.HANDLED,
    ]


def test_a_handler_that_fails_leaves_nothing_behind(memory: Memory) -> None:
    def fail(database: sqlite3.Connection) -> None:
        database.execute("CREATE TABLE work (id TEXT)")
        raise LookupError("the database of the clinic is away")

    for _ in range(2):
        with pytest.raises(LookupError):
            memory.once("evt_1", "case_a", 1, fail)

    def work(database: sqlite3.Connection) -> None:
        database.execute("CREATE TABLE work (id TEXT)")

    assert memory.once("evt_1", "case_a", 1, work) is Verdict.HANDLED


def test_a_handler_that_ends_the_transaction_itself_breaks_nothing(memory: Memory) -> None:
    with pytest.raises(sqlite3.OperationalError):
        memory.once("evt_1", "case_a", 1, lambda database: database.commit())
    assert memory.once("evt_2", "case_a", 2, nothing) is Verdict.HANDLED


def test_of_many_at_once_in_two_memories_of_one_file_one_is_handled(path: Path) -> None:
    handled: list[str] = []
    verdicts: list[Verdict] = []
    begin = threading.Barrier(8)
    with closing(Memory(path)) as one, closing(Memory(path)) as other:

        def take(memory: Memory) -> None:
            begin.wait(10)
            verdicts.extend(
                memory.once(f"evt_{number}", f"case_{number}", 1, lambda _: handled.append("x")) for number in range(20)
            )

        threads = [threading.Thread(target=take, args=(memory,)) for memory in (one, other) * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(verdicts) == 160
    assert len(handled) == 20
    assert verdicts.count(Verdict.HANDLED) == 20


def test_ids_are_forgotten_after_two_months_and_versions_never(path: Path) -> None:
    with closing(Memory(path)) as memory:
        memory.once("evt_1", "case_a", 1, nothing)
        memory.once("evt_2", "case_a", 2, nothing)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE messages SET received_at = received_at - ? WHERE id = 'evt_1'", (KEPT_S + 1,))
    with closing(Memory(path)) as memory:
        assert memory.once("evt_2", None, None, nothing) is Verdict.DUPLICATE
        assert memory.once("evt_1", "case_a", 1, nothing) is Verdict.NOT_NEWER
    assert KEPT_S > 34 * 86400, "events are kept for 30 days, and sent for up to 4"
