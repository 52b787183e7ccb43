"""R2, R3, R18, R19: the broker, the database and the object store go away, and come back."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import redis

from tests.faults.judge import back_after, judge
from tests.faults.row import Row, percentile
from tests.faults.world import open_world

if TYPE_CHECKING:
    from services.standalone.servers import RunningServer
    from tests.faults.experiment import Setting
    from tests.faults.lab import Lab

_P99_LIMIT_S = 0.3
_RECOVERY_LIMIT_S = 10.0


def broker_emptied(setting: Setting) -> Row:
    """R2. Everything in the broker is gone at once, while work is queued and under way."""
    row = Row("R2", "broker killed and emptied, work queued")
    with open_world(setting.lab, "r2") as world:
        world.start_all()
        loads = []
        for number in range(setting.size.flush_times):
            loads.append(world.submit(f"r2-{number}", setting.size.flush_queued))
            queued = world.open_cases()
            _empty(setting.lab)
            row.kills += 1
            moment = time.time()
            world.settle()
            back_after(world, row, moment)
            setting.progress(row, f"emptied with {queued} open, recovered after {row.recovery_s or 0:.1f} s")
            row.notes.append(f"{queued} were open when the broker was emptied")
        judge(world, row, loads)
    return row


def _empty(lab: Lab) -> None:
    with redis.Redis.from_url(lab.valkey.url) as broker:
        broker.flushall()
    lab.valkey.kill()
    shutil.rmtree(lab.folder / "valkey" / "data")
    (lab.folder / "valkey" / "data").mkdir()
    lab.valkey.restart()


def broker_away(setting: Setting) -> Row:
    """R3. Nobody notices at the door, and everything is finished all the same."""
    row = Row("R3", "broker down while photos are posted")
    size = setting.size
    with open_world(setting.lab, "r3") as world:
        world.start_all()
        setting.lab.valkey.kill()
        row.kills += 1
        try:
            load = world.submit("r3", size.deaf_photos, threads=1, pause_s=size.deaf_pause_s)
            while_down = world.open_cases()
        finally:
            setting.lab.valkey.restart()
        moment = time.time()
        world.settle()
        judge(world, row, [load])
        back_after(world, row, moment)
        row.require(f"every answer is a 202, not {dict(load.answers)}", set(load.answers) == {"202"})
        slowest = percentile(load.latencies, 0.99) or 0.0
        row.notes.append(f"p99 of the posts {slowest * 1000:.0f} ms (mark: 300 ms); {while_down} open at its return")
    return row


def database_away(setting: Setting) -> Row:
    """R18. No 202 without a row, and nobody has to do anything afterwards."""
    row = Row("R18", "Postgres killed under load, then back")
    with open_world(setting.lab, "r18") as world:
        world.start_all()
        with world.load("r18", 100_000, threads=2, pause_s=0.1) as load:
            world.until(lambda: load.submitted >= 10, 30)
            before = load.submitted
            setting.lab.postgres.kill()
            row.kills += 1
            world.pass_time(setting.size.database_down_s)
            during = load.submitted - before
            setting.lab.postgres.restart()
            moment = time.time()
            came_back = world.until(lambda: load.submitted > before + during + 10, 60)
            first = time.time() - moment
        world.settle()
        judge(world, row, [load])
        back_after(world, row, moment)
        row.require("photos are accepted again", came_back)
        row.notes.append(f"down {setting.size.database_down_s:g} s; ten more accepted {first:.1f} s after its return")
        row.notes.append(f"answers to {load.submitted} photos: {dict(load.answers)}")
    return row


def store_away(setting: Setting) -> Row:
    """R19. An outage of the store costs time, never an attempt and never a photo."""
    row = Row("R19", "object store down with photos queued")
    size = setting.size
    with open_world(setting.lab, "r19") as world:
        workers = world.start_all()
        load = world.submit("r19", size.store_queued)
        queued = world.open_cases()
        with _down(setting.lab.s3):
            row.kills += 1
            world.pass_time(size.store_down_s)
            row.require("workers stay ready", all(worker.running for worker in workers))
        moment = time.time()
        world.settle()
        judge(world, row, [load])
        back_after(world, row, moment)
        failed = world.rows("SELECT count(*) FROM cases WHERE state <> 'completed'")[0][0]
        row.require(f"{failed} were not completed", failed == 0)
        row.notes.append(f"down {size.store_down_s:g} s with {queued} of {size.store_queued} open")
    return row


class _down:  # noqa: N801 - reads as a context manager
    def __init__(self, server: RunningServer) -> None:
        self._server = server

    def __enter__(self) -> None:
        self._server.kill()

    def __exit__(self, *_: object) -> None:
        self._server.restart()
