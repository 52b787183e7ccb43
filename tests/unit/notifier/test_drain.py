"""The notifier's loop without Postgres: nothing waits for a slow one, nothing that was sent is forgotten."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pytest

from services.notifier.drain import Drain
from shared.contracts.enums import AttemptOutcome
from shared.db.delivery_records import ClaimedDelivery, EndedAttempt
from shared.errors import DatabaseUnavailable
from tests.unit.notifier.test_payload import DELIVERY


def delivery(name: str, *, slow: bool = False) -> ClaimedDelivery:
    return replace(DELIVERY, delivery_id=name, slow=slow)


def ended(taken: ClaimedDelivery) -> EndedAttempt:
    return EndedAttempt(
        delivery_id=taken.delivery_id,
        endpoint_id=taken.endpoint_id,
        fence=1,
        number=1,
        outcome=AttemptOutcome.DELIVERED,
        status=200,
        latency_ms=1,
        response="",
        retry_in_s=None,
    )


@dataclass
class Memory:
    """A record in memory. `away`: so many turns fail first."""

    due: list[ClaimedDelivery]
    away: int = 0
    written: list[str] = field(default_factory=list)
    asked: list[tuple[int, int]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def turn(self, ended: Sequence[EndedAttempt], *, free: int, slow_free: int) -> list[ClaimedDelivery]:
        with self.lock:
            self.asked.append((free, slow_free))
            if self.away:
                self.away -= 1
                raise DatabaseUnavailable("away")
            self.written += [each.delivery_id for each in ended]
            slow = [each for each in self.due if each.slow][:slow_free]
            quick = [each for each in self.due if not each.slow]
            taken = [*quick, *slow][:free]
            self.due = [each for each in self.due if each not in taken]
            return taken


Make = Callable[..., Drain]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Drain] = []

    def build(
        record: Memory,
        send: Callable[[ClaimedDelivery], EndedAttempt] = ended,
        stop: threading.Event | None = None,
        slots: int = 4,
    ) -> Drain:
        made.append(Drain(record, send, stop or threading.Event(), slots=slots))
        return made[-1]

    yield build
    for drain in made:
        drain.close()


def test_everything_that_is_due_is_sent_and_written_down_once(make: Make) -> None:
    record = Memory([delivery(f"d{number}") for number in range(50)])
    assert make(record)() == 50
    assert sorted(record.written) == sorted(f"d{number}" for number in range(50))
    assert max(free for free, _ in record.asked) == 4


def test_a_slow_one_keeps_its_slot_and_nobody_elses(make: Make) -> None:
    over = threading.Event()

    def send(taken: ClaimedDelivery) -> EndedAttempt:
        if taken.slow:
            assert over.wait(20)
        return ended(taken)

    record = Memory([delivery("s1", slow=True), delivery("s2", slow=True), *(delivery(f"d{n}") for n in range(20))])
    drain = make(record, send)
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(drain)
        deadline = time.monotonic() + 10
        while len(record.written) < 20:
            assert time.monotonic() < deadline, record.written
            time.sleep(0.005)
        assert [each.delivery_id for each in record.due] == ["s2"], "a quarter of four slots is one"
        over.set()
        assert work.result(10) == 22


def test_while_the_record_is_away_what_was_sent_is_kept_and_written_down_later(make: Make) -> None:
    record = Memory([delivery("d1")])

    def send(taken: ClaimedDelivery) -> EndedAttempt:
        record.away = 2
        return ended(taken)

    assert make(record, send)() == 1
    assert record.written == ["d1"]


def test_an_outage_with_nothing_in_hand_ends_the_call(make: Make) -> None:
    record = Memory([delivery("d1")], away=1)
    drain = make(record)
    assert drain() == 0
    assert drain() == 1


def test_a_fault_of_ours_costs_its_delivery_a_lease_and_nothing_else(make: Make) -> None:
    def send(taken: ClaimedDelivery) -> EndedAttempt:
        if taken.delivery_id == "d1":
            raise ZeroDivisionError
        return ended(taken)

    record = Memory([delivery(f"d{number}") for number in range(6)])
    assert make(record, send)() == 5
    assert "d1" not in record.written


def test_who_is_to_stop_takes_nothing_more_and_writes_down_what_is_under_way(make: Make) -> None:
    stop, under_way, over = threading.Event(), threading.Event(), threading.Event()

    def send(taken: ClaimedDelivery) -> EndedAttempt:
        under_way.set()
        assert over.wait(10)
        return ended(taken)

    record = Memory([delivery("d1"), delivery("d2")])
    drain = make(record, send, stop, slots=1)
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(drain)
        assert under_way.wait(10)
        stop.set()
        over.set()
        work.result(10)
    drain.close()
    assert record.written == ["d1"]
    assert [each.delivery_id for each in record.due] == ["d2"]
    assert drain() == 0


def test_callers_do_not_queue_up_and_none_is_missed(make: Make) -> None:
    started, over = threading.Event(), threading.Event()

    def send(taken: ClaimedDelivery) -> EndedAttempt:
        started.set()
        assert over.wait(10)
        return ended(taken)

    record = Memory([delivery("d1")])
    drain = make(record, send)
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(drain)
        assert started.wait(10)
        with record.lock:
            record.due.append(delivery("d2"))
        assert drain() == 0
        over.set()
        assert work.result(10) == 2
