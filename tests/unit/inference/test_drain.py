"""The drain loop: nothing is missed, nobody queues up, an outage ends a look and not the process."""

import threading
from collections.abc import Callable, Sequence

from services.inference.drain import Drain, Timer
from shared.db.records import ClaimedRun
from shared.errors import DatabaseUnavailable


class Backlog:
    """A stand-in for the record: numbers instead of runs."""

    def __init__(self, runs: int) -> None:
        self.left = list(range(runs))
        self.done: list[int] = []
        self.before_take: Callable[[], None] = lambda: None

    def take(self) -> list[ClaimedRun]:
        self.before_take()
        taken, self.left = self.left[:4], self.left[4:]
        return taken  # type: ignore[return-value]

    def work(self, runs: Sequence[ClaimedRun]) -> None:
        self.done += runs  # type: ignore[arg-type]


def test_one_call_works_until_nothing_is_left() -> None:
    backlog = Backlog(11)
    assert Drain(backlog.take, backlog.work, threading.Event())() == 11
    assert sorted(backlog.done) == list(range(11))


def test_a_ring_during_the_last_look_is_not_lost() -> None:
    backlog, looked, go_on = Backlog(0), threading.Event(), threading.Event()
    drain = Drain(backlog.take, backlog.work, threading.Event())

    def pause() -> None:
        looked.set()
        assert go_on.wait(5)

    backlog.before_take = pause
    first = threading.Thread(target=drain)
    first.start()
    assert looked.wait(5)
    backlog.left = [1]
    taken_before = backlog.take

    def empty_once() -> list[ClaimedRun]:
        drain._take = taken_before
        return []

    drain._take = empty_once
    backlog.before_take = lambda: None
    assert drain() == 0, "the second caller leaves the work to the first"
    go_on.set()
    first.join(5)
    assert backlog.done == [1]


def test_no_run_is_claimed_once_the_process_is_to_stop() -> None:
    backlog, stop = Backlog(8), threading.Event()

    def work_and_stop(runs: Sequence[ClaimedRun]) -> None:
        backlog.work(runs)
        stop.set()

    drain = Drain(backlog.take, work_and_stop, stop)
    assert drain() == 4
    assert len(backlog.left) == 4
    assert drain() == 0


def test_an_outage_ends_the_call_and_the_next_one_works_on() -> None:
    backlog = Backlog(2)

    def down() -> None:
        raise DatabaseUnavailable

    drain = Drain(backlog.take, backlog.work, threading.Event())
    backlog.before_take = down
    assert drain() == 0
    backlog.before_take = lambda: None
    assert drain() == 2


def test_the_timer_outlives_a_fault_and_ends_when_closed() -> None:
    calls, twice = [], threading.Event()

    def action() -> None:
        calls.append(1)
        if len(calls) == 2:
            twice.set()
        raise RuntimeError("a fault")

    timer = Timer(action, 0.001)
    timer.start()
    assert twice.wait(5)
    timer.close()
    after = len(calls)
    assert not timer._thread.is_alive()
    assert len(calls) == after
