"""R5: a worker frozen beyond its lease, overtaken, and thawed. Nothing that it does then may change anything."""

from __future__ import annotations

import hashlib
import json
import signal
from typing import TYPE_CHECKING

from tests.faults.judge import broken_objects, interruption, judge
from tests.faults.planted.handle import Planted
from tests.faults.row import Row
from tests.faults.world import World, open_world

if TYPE_CHECKING:
    from tests.faults.experiment import Setting
    from tests.faults.load import Load

_AT_ONCE = 5
_TABLES = ("cases", "runs", "results", "artifacts", "events")


def zombies(setting: Setting) -> Row:
    """R5. Each is stopped by SIGSTOP at another boundary between its claim and its commit.

    Not inside the commit's transaction: its row locks keep everybody else away then, until Postgres ends it.
    """
    row = Row("R5", "worker frozen beyond its lease, then thawed")
    with open_world(setting.lab, "r5") as world:
        world.start_gateway()
        world.start_maintenance()
        world.until_gateway()
        loads: list[Load] = []
        with Planted(world.environment(), world.folder / "planted.log") as planted:
            sites = _sites(world, planted, loads)
            for first in range(0, setting.size.zombies, _AT_ONCE):
                count = min(_AT_ONCE, setting.size.zombies - first)
                chosen = [sites[(first + number) * 7 % len(sites)] for number in range(count)]
                frozen = _freeze(world, planted, chosen, row, loads)
                if first // _AT_ONCE % 2:
                    _after_the_winner(world, planted, frozen, row)
                else:
                    _before_the_winner(world, planted, frozen, row, sites[len(sites) // 2])
                setting.progress(row, f"{row.kills} frozen, overtaken and thawed")
        judge(world, row, loads)
        interruption(world, row)
    return row


def _sites(world: World, planted: Planted, loads: list[Load]) -> list[int]:
    """Return the boundaries after the claim's commit, up to the first statement of the last one."""
    log = world.folder / "boundaries.json"
    loads.append(world.submit("r5-count", 1))
    ended = planted.wait(planted.begin(0, log=str(log)))
    assert ended == 0, (world.folder / "planted.log").read_text(encoding="utf-8")[-3000:]
    names: list[str] = json.loads(log.read_text(encoding="utf-8"))
    fetched = names.index("before get incoming")
    recorded = names.index("before UPDATE runs SET", fetched)
    return list(range(fetched + 1, recorded + 2))


def _freeze(world: World, planted: Planted, sites: list[int], row: Row, loads: list[Load]) -> list[int]:
    """Freeze a worker at each boundary, with one photo each, until the sweeps have taken the photos away again."""
    loads.append(world.submit(f"r5-{row.kills}", len(sites)))
    frozen = [planted.begin(site, number=signal.SIGSTOP) for site in sites]
    for pid in frozen:
        row.require("the worker stops at its boundary", planted.wait(pid) is None)
    row.kills += len(frozen)
    overdue = "SELECT count(*) FROM runs WHERE state = 'queued' AND lapsed"
    back = world.until(lambda: world.rows(overdue)[0][0] == len(sites), 30)
    row.require("the sweeps gave the runs back", back)
    return frozen


def _thaw(world: World, planted: Planted, frozen: list[int], row: Row) -> None:
    """Let the zombies go on to their end, and hold the record against what it was before."""
    before = _record(world)
    for pid in frozen:
        planted.go_on(pid)
    for pid in frozen:
        row.require("the zombie ends in order", planted.wait(pid) == 0)
    row.require("the record is as it was before the zombies woke", _record(world) == before)
    row.problems += broken_objects(world)


def _after_the_winner(world: World, planted: Planted, frozen: list[int], row: Row) -> None:
    """The zombies wake when another worker has finished. A lapsed run is claimed alone: as many batches as runs."""
    winner = planted.begin(0, batches=len(frozen))
    row.require("the winner ends in order", planted.wait(winner) == 0)
    row.require("the winner has finished every photo", world.open_cases() == 0)
    _thaw(world, planted, frozen, row)


def _before_the_winner(world: World, planted: Planted, frozen: list[int], row: Row, site: int) -> None:
    """The zombies wake while others hold their runs under new fences; then those finish."""
    winners = [planted.begin(site, number=signal.SIGSTOP, lease=120) for _ in frozen]
    for pid in winners:
        row.require("the winner stops at its boundary", planted.wait(pid) is None)
    _thaw(world, planted, frozen, row)
    for pid in winners:
        planted.go_on(pid)
        row.require("the winner ends in order", planted.wait(pid) == 0)
    row.require("the winners have finished every photo", world.open_cases() == 0)
    row.problems += broken_objects(world)


def _record(world: World) -> dict[str, str]:
    """Return a digest of all rows of each table."""
    found = {}
    for table in _TABLES:
        lines = sorted(str(line) for (line,) in world.rows(f"SELECT t::text FROM {table} t"))  # noqa: S608
        found[table] = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return found
