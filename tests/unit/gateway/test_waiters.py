"""Who waits is woken by what concerns him, once, and leaves nothing behind. Without a socket or a database."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime

import pytest

from services.gateway.waiting.glance import Glance
from services.gateway.waiting.service import Waiting
from services.gateway.waiting.waiters import Waiter, Waiters, Wake
from services.gateway.waiting.watcher import Watcher
from shared.contracts.enums import CaseState
from shared.errors import DatabaseUnavailable

LONG_S = 20.0


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(LONG_S / 2):
            await scenario()

    asyncio.run(bounded())


def join(waiters: Waiters, case_id: str) -> Waiter:
    waiter = waiters.join(case_id)
    assert waiter is not None
    return waiter


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110  # it comes true in another thread, which sets no event
        await asyncio.sleep(0.005)


async def waits(waiter: Waiter, version: int, seconds: float = LONG_S) -> asyncio.Task[Wake]:
    """Return the wait, begun."""
    task = asyncio.create_task(waiter.newer_than(version, seconds))
    await asyncio.sleep(0)
    return task


def test_a_newer_version_wakes_everybody_who_waits_for_that_case() -> None:
    async def scenario() -> None:
        waiters = Waiters(10)
        first, second, other = join(waiters, "a"), join(waiters, "a"), join(waiters, "b")
        tasks = [await waits(waiter, 1) for waiter in (first, second, other)]
        waiters.told([("a", 2), ("c", 9)])
        assert await asyncio.gather(*tasks[:2]) == [Wake.CHANGED, Wake.CHANGED]
        assert not tasks[2].done()
        waiters.told([("b", 7)])
        assert await tasks[2] is Wake.CHANGED
        assert waiters.versions() == {"a": 2, "b": 7}

    run(scenario)


def test_old_news_wakes_nobody() -> None:
    async def scenario() -> None:
        waiters = Waiters(10)
        waiter = join(waiters, "a")
        task = await waits(waiter, 3, 0.05)
        for version in (3, 1, 2):
            waiters.told([("a", version)])
        assert await task is Wake.TIMEOUT
        assert await waiter.newer_than(2, LONG_S) is Wake.CHANGED

    run(scenario)


def test_what_was_told_before_the_wait_counts() -> None:
    async def scenario() -> None:
        waiters = Waiters(10)
        early = join(waiters, "a")
        waiters.told([("a", 4)])
        await asyncio.sleep(0)
        assert await early.newer_than(3, LONG_S) is Wake.CHANGED
        assert await join(waiters, "a").newer_than(3, LONG_S) is Wake.CHANGED

    run(scenario)


def test_told_from_another_thread() -> None:
    async def scenario() -> None:
        waiters = Waiters(10)
        task = await waits(join(waiters, "a"), 1)
        threading.Thread(target=waiters.told, args=([("a", 2)],)).start()
        assert await task is Wake.CHANGED

    run(scenario)


def test_places_are_bounded_and_free_again_when_left() -> None:
    async def scenario() -> None:
        waiters = Waiters(2, linger_s=0.05)
        first, second = join(waiters, "a"), join(waiters, "a")
        assert waiters.join("b") is None
        waiters.leave(first)
        third = join(waiters, "b")
        assert waiters.join("a") is None
        for waiter in (second, third):
            waiters.leave(waiter)
        assert (len(waiters), waiters.versions()) == (0, {"a": 0, "b": 0})
        await asyncio.sleep(0.06)
        assert waiters.versions() == {}
        waiters.told([("a", 9)])

    run(scenario)


def test_an_end_is_for_good() -> None:
    async def scenario() -> None:
        waiters = Waiters(2)
        left, stayed = join(waiters, "a"), join(waiters, "a")
        task = await waits(left, 1)
        left.end(Wake.GONE)
        assert await task is Wake.GONE
        still = await waits(stayed, 1)
        waiters.close()
        assert await still is Wake.CLOSING
        assert await left.newer_than(1, LONG_S) is Wake.GONE
        waiters.leave(left)
        assert waiters.join("a") is None

    run(scenario)


def test_a_glance_is_for_who_may_see_the_case() -> None:
    seen = Glance("cli_1", 3, CaseState.PROCESSING, datetime.now(UTC), "anna")
    assert seen.is_seen_by("cli_1", None)
    assert seen.is_seen_by("cli_1", "anna")
    assert not seen.is_seen_by("cli_1", "ben")
    assert not seen.is_seen_by("cli_2", None)
    assert not seen.is_seen_by("cli_2", "anna")
    of_nobody = Glance("cli_1", 3, CaseState.PROCESSING, datetime.now(UTC))
    assert not of_nobody.is_seen_by("cli_1", "anna")
    assert "anna" not in repr(seen)


def test_what_was_seen_is_kept_until_there_is_something_newer() -> None:
    async def scenario() -> None:
        waiters = Waiters(2)
        seen = Glance("cli_1", 3, CaseState.PROCESSING, datetime.now(UTC))
        first = join(waiters, "a")
        assert waiters.kept(first) is None
        waiters.keep(first, seen)
        waiters.leave(first)
        waiters.told([("a", 3)])
        await asyncio.sleep(0)
        second, other = join(waiters, "a"), join(waiters, "b")
        assert (waiters.kept(second), waiters.kept(other)) == (seen, None)
        waiters.told([("a", 4)])
        await asyncio.sleep(0)
        assert waiters.kept(second) is None

    run(scenario)


def test_a_canceled_wait_leaves_nothing_behind() -> None:
    async def scenario() -> None:
        waiters = Waiters(2)
        waiter = join(waiters, "a")
        task = await waits(waiter, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        waiters.told([("a", 2)])
        assert await waiter.newer_than(1, LONG_S) is Wake.CHANGED

    run(scenario)


class Ear:
    """A connection of a database that is told what to say, and may be away."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.notices: list[tuple[str, int]] = []
        self.away = False
        self.opened = 0
        self.asked: list[dict[str, int]] = []

    def open(self) -> None:
        self._answer()
        self.opened += 1

    def close(self) -> None:
        pass

    def hear(self, seconds: float, interrupt: int) -> list[tuple[str, int]]:
        assert interrupt >= 0
        time.sleep(min(max(seconds, 0), 0.002))
        self._answer()
        heard, self.notices = self.notices, []
        return heard

    def newer(self, versions: dict[str, int]) -> list[tuple[str, int]]:
        self._answer()
        self.asked.append(versions)
        return [(key, self.rows[key]) for key, known in versions.items() if self.rows.get(key, 0) > known]

    def _answer(self) -> None:
        if self.away:
            raise DatabaseUnavailable("away")


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def waiters() -> Waiters:
    return Waiters(10, linger_s=0.02)


@pytest.fixture
def watcher(ear: Ear, waiters: Waiters) -> Iterator[Watcher]:
    watcher = Watcher(ear, waiters, interval_s=0.02)
    yield watcher
    watcher.stop()
    assert "watcher" not in {thread.name for thread in threading.enumerate()}


def test_a_notice_wakes(ear: Ear, waiters: Waiters, watcher: Watcher) -> None:
    async def scenario() -> None:
        task = await waits(join(waiters, "a"), 1)
        watcher.start()
        ear.notices = [("a", 2)]
        assert await task is Wake.CHANGED

    run(scenario)


def test_without_notices_the_question_wakes(ear: Ear, waiters: Waiters, watcher: Watcher) -> None:
    async def scenario() -> None:
        waiter = join(waiters, "a")
        ear.rows = {"a": 1}
        task = await waits(waiter, 1)
        watcher.start()
        ear.rows = {"a": 2}
        assert await task is Wake.CHANGED
        assert watcher.fresh

    run(scenario)


def test_after_an_outage_it_tells_what_changed_meanwhile(ear: Ear, waiters: Waiters, watcher: Watcher) -> None:
    async def scenario() -> None:
        ear.away = True
        task = await waits(join(waiters, "a"), 1)
        watcher.start()
        await asyncio.sleep(0.1)
        assert (watcher.fresh, ear.opened) == (False, 0)
        ear.rows = {"a": 2}
        ear.away = False
        assert await task is Wake.CHANGED
        ear.away = True
        await until(lambda: not watcher.fresh)
        ear.away = False
        await until(lambda: watcher.fresh)
        assert ear.opened == 2

    run(scenario)


def test_while_nobody_waits_nothing_is_asked(ear: Ear, waiters: Waiters, watcher: Watcher) -> None:
    async def scenario() -> None:
        waiter = join(waiters, "a")
        watcher.start()
        await until(lambda: bool(ear.asked))
        waiters.leave(waiter)
        await asyncio.sleep(0.05)
        asked = len(ear.asked)
        await asyncio.sleep(0.1)
        assert len(ear.asked) == asked

    run(scenario)


def test_nothing_runs_before_somebody_waits_and_nothing_after_the_end(ear: Ear) -> None:
    async def scenario() -> None:
        waiting = Waiting(ear, most=1)
        assert ear.opened == 0
        with waiting.place("a") as waiter:
            assert waiter is not None
            with waiting.place("a") as none_left:
                assert none_left is None
            waiting.release_all()
            assert await waiter.newer_than(0, LONG_S) is Wake.CLOSING
        waiting.close()
        with waiting.place("a") as late:
            assert late is None

    run(scenario)
