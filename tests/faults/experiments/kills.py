"""R1: worker processes killed at random, every few seconds, under load. And the end of the leader of the sweeps."""

from __future__ import annotations

import os
import random
import signal
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.contracts.enums import RunQueue
from shared.db import lifecycle
from shared.db.session import Database, DatabaseRole, make_engine
from tests.faults.judge import interruption, judge
from tests.faults.lab import database_settings
from tests.faults.row import Row
from tests.faults.world import LEASE_S, SWEEP_S, World, open_world

if TYPE_CHECKING:
    from tests.faults.experiment import Setting
    from tests.faults.load import Load
    from tests.faults.supervised import Supervised

_WORKERS = 2
_SHARE_OF_CHILDREN = 0.8
_ENOUGH_WAITING = 40
_WITHOUT_END = 10_000_000


def workers_killed(setting: Setting) -> Row:
    """R1. The main process or its working child; whoever supervises starts it again."""
    row = Row("R1", "workers killed at random under load")
    with open_world(setting.lab, "r1") as world:
        workers = world.start_all(_WORKERS)
        with world.load("r1", _WITHOUT_END, threads=2) as load:
            _kill_until_done(setting, world, workers, load, row)
        world.settle()
        judge(world, row, [load])
        interruption(world, row)
    return row


def _kill_until_done(setting: Setting, world: World, workers: list[Supervised], load: Load, row: Row) -> None:
    chance = random.Random(1)
    size, due = setting.size, time.monotonic()
    while row.kills < size.kill_least or load.submitted < size.kill_photos:
        # There is always work waiting, and never more than can be worked off afterwards.
        load.held = world.open_cases() > _ENOUGH_WAITING
        world.pass_time(0.1)
        if time.monotonic() < due:
            continue
        due += size.kill_every_s
        worker = chance.choice(workers)
        if worker.running and _kill(_victim(chance, worker)):
            row.kills += 1
        setting.progress(row, f"{load.submitted} submitted, {row.kills} kills, {world.open_cases()} open")


def _victim(chance: random.Random, worker: Supervised) -> int:
    """Mostly the process that works: one that is still starting holds nothing, and a main process takes long to."""
    children = worker.children()
    return chance.choice(children) if children and chance.random() < _SHARE_OF_CHILDREN else worker.pid


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def leader_killed(setting: Setting) -> Row:
    """The maintenance process that leads is killed for good; a stand-by has to see the lapsed leases."""
    row = Row("LEAD", "leader of the sweeps killed, stand-by acts")
    row.recovery_means = "death of the leader to the runs given back; the lease and the sweep are in it"
    with open_world(setting.lab, "lead") as world:
        world.start_gateway()
        waiting = [world.start_maintenance() for _ in range(setting.size.leader_kills + 1)]
        world.until_gateway()
        load = world.submit("lead", 8)
        seconds = []
        for _ in range(setting.size.leader_kills):
            leader = _leader(world, waiting)
            held = _claim_and_die(world)
            leader.kill()
            waiting.remove(leader)
            row.kills += 1
            began = time.monotonic()
            back = world.until(lambda: _running(world) == 0, 30)
            row.require(f"the stand-by gave {held} lapsed runs back", back and held)
            seconds.append(time.monotonic() - began)
            setting.progress(row, f"given back after {seconds[-1]:.1f} s")
        world.until_ready([world.start_worker()])
        world.settle()
        judge(world, row, [load])
    row.recovery_s = max(seconds)
    return row


def _claim_and_die(world: World) -> int:
    """Claim as a worker does that is killed right afterwards; return how many runs it leaves behind."""
    database = Database(make_engine(database_settings(world.database_url), DatabaseRole.WORKER))
    try:
        with database.transaction() as session:
            lease = timedelta(seconds=LEASE_S)
            return len(lifecycle.claim_runs(session, worker="gone", queue=RunQueue.LIVE, limit=4, lease=lease))
    finally:
        database.close()


def _running(world: World) -> int:
    return int(world.rows("SELECT count(*) FROM runs WHERE state = 'running'")[0][0])


def _leader(world: World, waiting: list[Supervised]) -> Supervised:
    """Return the process that leads, once one does."""
    found: list[Supervised] = []

    def look() -> bool:
        found[:] = [each for each in waiting if each.events("leading")]
        return bool(found)

    assert world.until(look, 30 + SWEEP_S), "no maintenance process leads"
    return found[-1]
