"""The drain loop: nothing is missed, nobody queues up, an outage ends a look and not the process."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from services.inference.drain import Drain
from shared.contracts.enums import RunQueue
from shared.db.records import ClaimedRun
from shared.errors import DatabaseUnavailable, DeviceLost
from shared.queue.timer import Timer


class Numbered:
    """In place of a run."""

    def __init__(self, number: int, *, suspect: bool = False, queue: RunQueue = RunQueue.LIVE) -> None:
        self.number, self.suspect, self.queue = number, suspect, queue


class Backlog:
    """A stand-in for the record, which hands out four at once, and a suspect by itself."""

    def __init__(self, runs: int) -> None:
        self.left: list[Any] = [Numbered(number) for number in range(runs)]
        self.done: list[int] = []
        self.before_take: Callable[[], None] = lambda: None

    def take(self) -> list[ClaimedRun]:
        self.before_take()
        suspects = [run for run in self.left if run.suspect][:1]
        taken = suspects or self.left[:4]
        self.left = [run for run in self.left if run not in taken]
        return taken

    def work(self, runs: Sequence[Any]) -> None:
        self.done += [run.number for run in runs]


class Meeting:
    """Work that waits until `size` lanes are in it at the same time."""

    def __init__(self, size: int) -> None:
        self.barrier = threading.Barrier(size)
        self.lock, self.inside, self.most = threading.Lock(), 0, 0

    def work(self, _: Sequence[ClaimedRun]) -> None:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.barrier.wait(10)
        with self.lock:
            self.inside -= 1


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
    backlog.left = [Numbered(1)]
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


def test_as_many_batches_as_lanes_are_worked_on_at_once() -> None:
    backlog, meeting = Backlog(24), Meeting(3)
    assert Drain(backlog.take, meeting.work, threading.Event(), lanes=3)() == 24
    assert meeting.most == 3


def test_bulk_batches_leave_a_lane_to_live_work() -> None:
    backlog, begun, come, live = Backlog(0), threading.Semaphore(0), threading.Event(), list[Any]()
    backlog.left = [Numbered(number, queue=RunQueue.BULK) for number in range(20)]

    def take_live() -> list[ClaimedRun]:
        return [live.pop()] if live else []

    def work(runs: Sequence[Any]) -> None:
        backlog.work(runs)
        if runs[0].queue is RunQueue.BULK:
            begun.release()
            assert come.wait(10), "bulk work goes on only once the live run was worked on"
        else:
            come.set()

    drain = Drain(backlog.take, work, threading.Event(), lanes=3, take_live=take_live)
    caller = threading.Thread(target=drain)
    caller.start()
    assert all(begun.acquire(timeout=10) for _ in range(2))
    assert len(backlog.left) == 12, "two batches of four, and no third"
    live.append(Numbered(99))
    drain()
    caller.join(10)
    assert sorted(backlog.done) == [*range(20), 99]


def test_a_run_that_comes_while_others_are_worked_on_is_taken_up_beside_them() -> None:
    backlog, begun, come = Backlog(1), threading.Event(), threading.Event()

    def work(runs: Sequence[Any]) -> None:
        backlog.work(runs)
        if runs[0].number == 0:
            begun.set()
            assert come.wait(10), "the first lane waits for what the second does"
        else:
            come.set()

    drain = Drain(backlog.take, work, threading.Event(), lanes=2)
    caller = threading.Thread(target=drain)
    caller.start()
    assert begun.wait(10)
    backlog.left = [Numbered(7)]
    drain()
    caller.join(10)
    assert sorted(backlog.done) == [0, 7]


def test_a_suspect_is_worked_on_while_nothing_else_is() -> None:
    backlog, lock, inside = Backlog(20), threading.Lock(), list[int]()
    beside: list[list[int]] = []

    def work(runs: Sequence[Any]) -> None:
        numbers = [run.number for run in runs]
        with lock:
            inside.extend(numbers)
            if runs[0].suspect:
                beside.append(list(inside))
            elif runs[0].number == 4:
                backlog.left.insert(0, Numbered(99, suspect=True))
        threading.Event().wait(0.01)
        with lock:
            if runs[0].suspect:
                beside.append(list(inside))
            for number in numbers:
                inside.remove(number)
        backlog.work(runs)

    assert Drain(backlog.take, work, threading.Event(), lanes=3)() == 21
    assert beside == [[99], [99]]
    assert sorted(backlog.done) == [*range(20), 99]


def test_an_outage_in_one_lane_ends_the_others_after_their_batch() -> None:
    backlog = Backlog(400)

    def work(runs: Sequence[Any]) -> None:
        if runs[0].number == 0:
            raise DatabaseUnavailable
        backlog.work(runs)
        threading.Event().wait(0.002)

    drain = Drain(backlog.take, work, threading.Event(), lanes=3)
    assert drain() == 0
    left = len(backlog.left)
    assert left
    assert left + len(backlog.done) + 4 == 400
    assert drain() == left


@pytest.mark.parametrize("error", [DeviceLost, ZeroDivisionError])
def test_what_is_worse_than_an_outage_is_raised_when_no_lane_is_busy(error: type[Exception]) -> None:
    meeting = threading.Barrier(3)
    errors = iter([DatabaseUnavailable(), error(), DatabaseUnavailable()])
    backlog = Backlog(12)

    def work(_: Sequence[ClaimedRun]) -> None:
        mine = next(errors)
        meeting.wait(10)
        raise mine

    drain = Drain(backlog.take, work, threading.Event(), lanes=3)
    with pytest.raises(error):
        drain()
    assert drain._busy == 0


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


def test_a_timer_calls_at_once_where_somebody_asks() -> None:
    called = threading.Event()
    timer = Timer(called.set, 3600)
    timer.start()
    assert not called.wait(0.05)
    timer.soon()
    assert called.wait(5)
    timer.close()
