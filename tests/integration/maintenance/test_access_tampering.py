"""Somebody who has the whole database changes the access log: each way is found, and told with the row and the seal."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.maintenance import access_repository
from services.maintenance.access_chain import batch_of
from services.maintenance.access_verifier import MOST_FINDINGS
from tests.integration.conftest import Servers, fresh_database
from tests.integration.maintenance.access_rows import TABLES, Log, log_of

# Rows 1 to 9 in seals 1 to 3.
BATCHES = (2, 3, 4)


@pytest.fixture(scope="module")
def kept(servers: Servers) -> Iterator[Log]:
    """A sound log, and a copy of its rows beside it."""
    with fresh_database(servers) as database_url, log_of(servers, database_url) as log:
        log.sealed(*BATCHES)
        assert log.found() == []
        with log.superuser.begin() as connection:
            for table in TABLES:
                connection.execute(text(f"CREATE TABLE kept_{table} AS TABLE {table}"))
        yield log


@pytest.fixture
def log(kept: Log) -> Iterator[Log]:
    yield kept
    with kept.tampering() as connection:
        for table in TABLES:
            connection.execute(text(f"TRUNCATE {table}"))
            connection.execute(text(f"INSERT INTO {table} SELECT * FROM kept_{table}"))  # noqa: S608
        connection.execute(text("ALTER TABLE access_log ALTER id RESTART WITH 10"))
    assert kept.found() == []


@pytest.mark.parametrize(
    "change",
    [
        "at = at - interval '1 microsecond'",
        "clinic_id = 'cli_00000000000000000000000000'",
        "caller = 'operator_key'",
        "key_id = 'key_00000000000000000000000000'",
        "device_id = 'dev_00000000000000000000000000'",
        "action = 'key_revoked'",
        "case_id = 'case_00000000000000000000000000'",
        "subject = 'key_00000000000000000000000000'",
        "part = 'x'",
        "version = 1",
        "count = 1",
        "outcome = 'refused'",
        "address = 'adr_0000000000000000'",
        "request_id = 'req_000000000000000000000000'",
    ],
)
def test_an_edit_of_any_column_is_found(log: Log, change: str) -> None:
    log.tamper(f"UPDATE access_log SET {change} WHERE id = 4")  # noqa: S608
    assert log.found() == [("row_changed", 2, 4)]


def test_a_row_that_is_moved_to_another_batch_is_found(log: Log) -> None:
    log.tamper("UPDATE access_log SET xid = (SELECT xid FROM access_log WHERE id = 8) WHERE id = 4")
    assert log.found() == [("row_missing", 2, 4), ("row_added", 3, 4)]


def test_a_row_under_another_id_is_found(log: Log) -> None:
    log.tamper("UPDATE access_log SET id = 4711 WHERE id = 4")
    assert log.found() == [("row_missing", 2, 4), ("row_added", 2, 4711)]


def test_a_deleted_row_is_found(log: Log) -> None:
    log.tamper("DELETE FROM access_log WHERE id = 5")
    assert log.found() == [("row_missing", 2, 5)]


def test_all_rows_deleted_are_found(log: Log) -> None:
    log.tamper("DELETE FROM access_log")
    assert log.found() == [("row_missing", seq, row) for seq, row in enumerate_rows()]


def enumerate_rows() -> list[tuple[int, int]]:
    """Return seal and id of every row."""
    seals = [seq for seq, rows in enumerate(BATCHES, 1) for _ in range(rows)]
    return list(zip(seals, range(1, 10), strict=True))


@pytest.mark.parametrize("row_id", [4711, 0, -1])
def test_a_row_that_is_put_into_the_past_is_found(log: Log, row_id: int) -> None:
    log.tamper(
        f"INSERT INTO access_log (id, xid, caller, action, outcome) SELECT {row_id}, xid, 'nobody', 'x', 'done'"  # noqa: S608
        " FROM access_log WHERE id = 3"
    )
    assert log.found() == [("row_added", 2, row_id)]


def test_a_row_older_than_all_is_found(log: Log) -> None:
    log.tamper("INSERT INTO access_log (xid, caller, action, outcome) VALUES (1, 'nobody', 'key_used', 'done')")
    assert log.found() == [("row_added", 1, 10)]


def test_a_deleted_seal_is_found_with_its_rows(log: Log) -> None:
    log.tamper("DELETE FROM access_seals WHERE seq = 2")
    assert log.found() == [("seal_missing", 3, None), ("rows_unsealed", 3, 3)]


def test_the_first_seal_deleted_is_found(log: Log) -> None:
    log.tamper("DELETE FROM access_seals WHERE seq = 1")
    assert log.found() == [("seal_missing", 2, None), ("rows_unsealed", 2, 1)]


@pytest.mark.parametrize(
    "change",
    [
        "sealed_at = sealed_at - interval '1 second'",
        "last_id = last_id + 1",
        "row_marks = overlay(row_marks placing '\\x00'::bytea from 1)",
        "rows_sha256 = sha256('another')",
    ],
)
def test_an_edit_of_a_seal_is_found(log: Log, change: str) -> None:
    log.tamper(f"UPDATE access_seals SET {change} WHERE seq = 2")  # noqa: S608
    assert ("seal_changed", 2, None) in log.found()


@pytest.mark.parametrize("change", ["previous = sha256('x')", "era = 2", "after_id = 1", "to_xid = to_xid + 1"])
def test_an_edit_of_a_seals_place_is_found(log: Log, change: str) -> None:
    log.tamper(f"UPDATE access_seals SET {change} WHERE seq = 2")  # noqa: S608
    assert {kind for kind, seq, _ in log.found() if seq == 2} >= {"seal_changed"}


def test_a_seal_that_fits_its_edited_row_breaks_the_next_one(log: Log) -> None:
    """Whoever edits a row and computes its seal anew has to compute every seal after it, too."""
    log.tamper("UPDATE access_log SET action = 'key_used' WHERE id = 4")
    reseal(log, 2, 2)
    assert log.found() == [("seal_misplaced", 3, None)]


def test_two_seals_that_change_places_are_found(log: Log) -> None:
    log.tamper("UPDATE access_seals SET seq = -seq WHERE seq IN (2, 3)")
    log.tamper("UPDATE access_seals SET seq = 5 + seq WHERE seq < 0")
    found = log.found()
    assert {("seal_changed", 2, None), ("seal_changed", 3, None), ("seal_misplaced", 2, None)} <= set(found)


def test_a_chain_that_is_written_anew_fits_but_not_the_head_that_was_logged(log: Log) -> None:
    seq, _, head = (log.verify().head or "").partition(":")
    log.tamper("UPDATE access_log SET action = 'key_used' WHERE id = 4")
    reseal(log, 2, 3)
    assert log.found() == []
    assert log.found({int(seq): head}) == [("head_unknown", 3, None)]


def test_seals_cut_off_at_the_end_are_sealed_again_but_not_under_the_head_that_was_logged(log: Log) -> None:
    seq, _, head = (log.verify().head or "").partition(":")
    log.tamper("DELETE FROM access_seals WHERE seq > 1")
    assert (log.verify().tail, log.found()) == (7, [])
    assert log.found({int(seq): head}) == [("head_unknown", 3, None)]
    log.sealer().act()
    assert log.found() == []
    assert log.found({int(seq): head}) == [("head_unknown", 3, None)]


def test_a_head_that_is_in_the_chain_is_found_in_it(log: Log) -> None:
    seq, _, head = (log.verify().head or "").partition(":")
    log.sealed(1, 1)
    assert log.found({int(seq): head}) == []


def test_of_many_violations_the_first_are_told_and_all_are_counted(log: Log) -> None:
    log.sealed(MOST_FINDINGS + 5)
    log.tamper("DELETE FROM access_log")
    verdict = log.verify()
    assert (verdict.violations, len(verdict.findings)) == (MOST_FINDINGS + 14, MOST_FINDINGS)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_not_even_a_superuser_changes_it_while_the_triggers_are_on(log: Log, table: str, statement: str) -> None:
    column = "version" if table == "access_log" else "era"
    with pytest.raises(DBAPIError, match="never changed or deleted"), log.superuser.begin() as connection:
        connection.execute(text(statement.format(table, column, column)))


def reseal(log: Log, first: int, last: int) -> None:
    """Compute seals anew over what the rows say now, as somebody would who knows how."""
    with log.worker.transaction() as session:
        seals = {seal.seq: seal for seal in access_repository.seals(session)}
        for seq in range(first, last + 1):
            old = seals[seq]
            rows = access_repository.entries(session, old.after_id, old.from_xid, old.to_xid)
            new = replace(old, batch=batch_of(rows), previous=seals[seq - 1].hash)
            seals[seq] = replace(new, hash=new.computed())
    with log.tampering() as connection:
        for seq in range(first, last + 1):
            seal = seals[seq]
            connection.execute(
                text(
                    "UPDATE access_seals SET row_marks = :marks, rows_sha256 = :rows, previous = :previous,"
                    " hash = :hash WHERE seq = :seq"
                ),
                {
                    "marks": seal.batch.row_marks,
                    "rows": seal.batch.rows_sha256,
                    "previous": seal.previous,
                    "hash": seal.hash,
                    "seq": seq,
                },
            )
