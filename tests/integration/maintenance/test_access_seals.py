"""Sealing the access log: each row once, in the end, whatever overlaps; one chain, whoever seals."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from sqlalchemy import text
from structlog.testing import capture_logs

from services.maintenance import access_repository, access_sealer
from services.maintenance.access_sealer import Sealer
from shared.contracts.access import AccessAction
from shared.contracts.ids import IdPrefix, new_id
from shared.db.access_log import COMMAND_LINE, Access, record_access
from tests.integration.maintenance.access_rows import Log, log
from tests.integration.maintenance.conftest import Start, until

__all__ = ["log"]


def seal_all(sealer: Sealer) -> None:
    while sealer.act():
        pass


def test_nothing_written_is_nothing_sealed(log: Log) -> None:
    assert log.sealer().act() is False
    verdict = log.verify()
    assert (verdict.seals, verdict.rows, verdict.tail, verdict.head, verdict.violations) == (0, 0, 0, None, 0)


def test_a_seal_holds_what_was_written_since_the_one_before(log: Log) -> None:
    log.sealed(2, 1)
    log.sealer().act()
    log.write(3)
    verdict = log.verify()
    assert (verdict.seals, verdict.rows, verdict.tail, verdict.tail_waiting, verdict.eras) == (2, 3, 3, 0, 1)
    assert verdict.violations == 0
    assert verdict.head
    assert verdict.head.startswith("2:")


def test_a_row_of_an_open_transaction_waits_and_so_does_what_came_after_it(log: Log) -> None:
    sealer = log.sealer()
    with log.gateway.transaction() as session:
        record_access(session, COMMAND_LINE, Access(AccessAction.KEY_CREATED))
        log.write(2)
        assert sealer.act() is False
        verdict = log.verify()
        assert (verdict.rows, verdict.tail, verdict.tail_waiting) == (0, 2, 2)
        assert verdict.tail_oldest_s > 0
    seal_all(sealer)
    verdict = log.verify()
    assert (verdict.rows, verdict.tail, verdict.violations) == (3, 0, 0)


def test_what_was_rolled_back_leaves_a_gap_that_is_no_violation(log: Log) -> None:
    for _ in range(3):
        with log.gateway.transaction() as session:
            record_access(session, COMMAND_LINE, Access(AccessAction.KEY_CREATED))
            session.rollback()
        log.write()
    seal_all(log.sealer())
    verdict = log.verify()
    assert (verdict.rows, verdict.violations) == (3, 0)


def test_much_at_once_is_sealed_in_batches_that_part_no_transaction(log: Log) -> None:
    for rows in (3, 5, 1, 1, 1, 12, 2):
        log.write(rows)
    seal_all(log.sealer(rows=4))
    with log.worker.transaction() as session:
        sizes = list(session.execute(text("SELECT cardinality(row_ids) FROM access_seals ORDER BY seq")).scalars())
        query = text("SELECT count(*) FROM access_log GROUP BY xid ORDER BY xid")
        transactions = list(session.execute(query).scalars())
    assert sum(sizes) == sum(transactions) == 25
    assert sizes == [3, 5, 3, 12, 2]
    assert log.found() == []


def write_some(log: Log, seed: int) -> int:
    """Write forty transactions of any length, a fifth of them rolled back; return how many rows stay."""
    draw, kept = random.Random(seed), 0
    for _ in range(40):
        rows, stays = draw.randint(1, 5), draw.random() < 0.8
        with log.gateway.transaction() as session:
            for _ in range(rows):
                record_access(session, COMMAND_LINE, Access(AccessAction.KEY_USED, subject=new_id(IdPrefix.KEY)))
                if draw.random() < 0.3:
                    session.execute(text("SELECT pg_sleep(:s)"), {"s": draw.random() * 0.02})
            if not stays:
                session.rollback()
        kept += rows if stays else 0
    return kept


def test_whatever_overlaps_no_alarm_is_raised_and_every_row_is_sealed_in_the_end(log: Log) -> None:
    """Writers with transactions of any length, some rolled back, under two sealers and a verifier."""
    over = threading.Event()
    alarms: list[tuple[str, int, int | None]] = []

    def seal() -> None:
        sealer = log.sealer(rows=20)
        while not over.is_set():
            sealer.act()

    def check() -> None:
        while not over.is_set():
            alarms.extend(log.found())

    with ThreadPoolExecutor(9) as pool:
        others = [pool.submit(each) for each in (seal, seal, check)]
        written = sum(pool.map(partial(write_some, log), range(6)))
        over.set()
        for other in others:
            other.result()
    seal_all(log.sealer())
    verdict = log.verify()
    assert alarms == []
    assert (verdict.rows, verdict.tail, verdict.violations) == (written, 0, 0)


def test_of_two_who_seal_at_once_one_stands_back(log: Log) -> None:
    log.write(5)
    with log.worker.transaction() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(7041777, 1)"))
        assert log.sealer().act() is False
        assert log.verify().seals == 0
    log.sealer().act()
    assert log.verify().seals == 1


def test_a_seal_of_ours_that_has_gone_is_said_once(log: Log) -> None:
    sealer = log.sealer()
    log.write()
    sealer.act()
    log.tamper("DELETE FROM access_seals")
    with capture_logs() as said:
        for _ in range(3):
            log.write()
            sealer.act()
    broken = [line for line in said if line["event"] == "access_chain_broken"]
    assert len(broken) == 1


def test_the_head_is_told_as_the_command_takes_it(log: Log) -> None:
    log.sealed(3)
    with capture_logs() as said:
        log.sealer().tell_head()
    (line,) = [line for line in said if line["event"] == "access_log_head"]
    assert line["head"] == log.verify().head


def numbers_from(log: Log, ahead: int) -> None:
    """Give rows the transaction numbers of a server that is so far ahead; 0 is this one."""
    with log.superuser.begin() as connection:
        number = f"pg_current_xact_id()::text::bigint + {ahead}"
        connection.execute(text(f"ALTER TABLE access_log ALTER xid SET DEFAULT {number}"))


def test_a_dump_on_a_server_with_lower_numbers_begins_an_era(log: Log) -> None:
    """What was not sealed before the dump is sealed, and what comes now is neither lost nor taken for old."""
    numbers_from(log, 1_000_000)
    log.write(2)
    with log.worker.transaction() as session:
        head = access_repository.head(session)
        access_sealer._close_era(session, head, access_repository.horizon(session, 0))
    log.write(3)
    numbers_from(log, 0)
    log.write(4)
    with capture_logs() as said:
        seal_all(log.sealer())
        log.write(1)
        seal_all(log.sealer())
    assert [line["event"] for line in said] == ["access_log_era"]
    verdict = log.verify()
    assert (verdict.rows, verdict.tail, verdict.eras, verdict.violations) == (10, 0, 2, 0)
    log.tamper(
        "INSERT INTO access_log (xid, caller, action, outcome)"
        " SELECT xid, 'nobody', 'key_used', 'done' FROM access_log WHERE id = 6"
    )
    assert log.found() == [("row_added", 3, 11)]


def test_when_the_leader_is_killed_the_next_one_seals_on(log: Log, start: Start) -> None:
    first = start()
    first.says("leading")
    second = start()
    second.says("standing_by")
    log.write(3)
    until(lambda: log.verify().rows == 3, "the leader seals")
    log.write(2)
    first.kill()
    log.write(2)
    until(lambda: log.verify().rows == 7, "the next leader seals", within_s=30)
    verdict = log.verify()
    assert (verdict.tail, verdict.violations) == (0, 0)
    second.says("access_log_head")
