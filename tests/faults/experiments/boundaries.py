"""R4: a worker killed at every boundary of claim, decode, infer, store and commit, one after the other."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

from tests.faults.judge import check_record, interruption, judge
from tests.faults.planted.handle import Planted
from tests.faults.row import Row
from tests.faults.world import World, open_world

if TYPE_CHECKING:
    from tests.faults.experiment import Setting
    from tests.faults.load import Load


def killed_at_every_boundary(setting: Setting) -> Row:
    """R4. First one worker counts the boundaries; then one worker dies at each of them.

    The record is checked right after each kill, and again once an ordinary worker and the sweeps have finished.
    """
    row = Row("R4", "worker killed at every boundary")
    with open_world(setting.lab, "r4") as world:
        world.start_gateway()
        world.until_gateway()
        loads: list[Load] = []
        for batch in setting.size.boundary_batches:
            log = world.folder / f"planted-{batch}.log"
            with Planted(world.environment(), log) as planted:
                _kill_at_each(setting, world, planted, batch, row, loads)
        world.start_maintenance()
        world.until_ready([world.start_worker()])
        world.settle()
        judge(world, row, loads)
        left = world.rows("SELECT count(*) FROM cases WHERE state <> 'completed'")[0][0]
        row.require(f"{left} photos were not completed", left == 0)
        interruption(world, row)
        row.recovery_s = None  # they wait for the last kill, not for anything of ours
    return row


def _kill_at_each(setting: Setting, world: World, planted: Planted, batch: int, row: Row, loads: list[Load]) -> None:
    log = world.folder / "boundaries.json"
    loads.append(world.submit(f"r4-{batch}-count", batch))
    ended = planted.wait(planted.begin(0, batch=batch, log=str(log)))
    assert ended == 0, (world.folder / f"planted-{batch}.log").read_text(encoding="utf-8")[-3000:]
    names = json.loads(log.read_text(encoding="utf-8"))
    row.require("a worker that is watched crosses boundaries", names)
    row.notes.append(f"{len(names)} boundaries with {batch} photos in a batch")
    for at in range(1, len(names) + 1, setting.size.boundary_every):
        loads.append(world.submit(f"r4-{batch}-{at}", batch))
        ended = planted.wait(planted.begin(at, batch=batch))
        row.require(f"a worker ended with {ended} instead of dying {names[at - 1]}", ended == -signal.SIGKILL)
        row.kills += 1
        problems = len(row.problems)
        check_record(world, row)
        row.problems[problems:] = [f"{at}, {names[at - 1]}: {each}" for each in row.problems[problems:]]
        if at % 10 == 1:
            setting.progress(row, f"killed at {at} of {len(names)}: {names[at - 1]}")
