"""R15: many photos, one after the other, and what grows meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.faults.judge import judge
from tests.faults.memory import family_mb, slope
from tests.faults.row import Row
from tests.faults.world import World, open_world

if TYPE_CHECKING:
    from tests.faults.experiment import Setting
    from tests.faults.supervised import Supervised

_SAMPLE_S = 0.5
# Over few photos the slope is mostly the warming up; over many it is held to the mark.
_LEAK_MB_PER_1000 = 5.0
_JUDGED_FROM = 5000
_MOST_CONNECTIONS = 40


def soak(setting: Setting) -> Row:
    """R15. Memory of worker and gateway, and connections to Postgres, over the number of photos that have ended."""
    row = Row("R15", "soak")
    count = setting.size.soak_photos
    with open_world(setting.lab, "r15") as world:
        (worker,) = world.start_all()
        gateway = next(each for each in world.processes if each.name == "gateway")
        with world.load("r15", count, threads=2, patience_s=600) as load:
            samples = []
            while not load.done or world.open_cases():
                samples.append(_sample(world, worker, gateway))
                world.pass_time(_SAMPLE_S if count < _JUDGED_FROM else 10 * _SAMPLE_S)
                if len(samples) % 20 == 0:
                    setting.progress(row, f"{samples[-1][0]:.0f} of {count} ended")
                if len(samples) > 40 and samples[-1][0] == samples[-40][0]:
                    break
        world.settle()
        judge(world, row, [load])
        _judge_growth(row, samples)
    return row


def _sample(world: World, worker: Supervised, gateway: Supervised) -> tuple[float, float, float, int, float]:
    """Return photos ended, MB of the worker, MB of the gateway, connections, and when."""
    ended = world.rows("SELECT count(*) FROM runs WHERE finished_at IS NOT NULL")[0][0]
    connections = world.rows("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")[0][0]
    return float(ended), family_mb(worker.pid), family_mb(gateway.pid), int(connections), time.monotonic()


def _judge_growth(row: Row, samples: list[tuple[float, float, float, int, float]]) -> None:
    half = next(each for each in samples if each[0] >= samples[-1][0] / 2)
    later = [each for each in samples if each[0] >= half[0]]
    most = max(each[3] for each in samples)
    pace = samples[-1][0] / max(samples[-1][4] - samples[0][4], 1e-9)
    row.notes.append(
        f"from {half[0]:.0f} to {samples[-1][0]:.0f} photos: worker {half[1]:.0f} to {samples[-1][1]:.0f} MB,"
        f" gateway {half[2]:.0f} to {samples[-1][2]:.0f} MB; at most {most} connections; {pace:.1f} photos a second"
    )
    row.require(f"{most} connections to Postgres", most <= _MOST_CONNECTIONS)
    if row.submitted < _JUDGED_FROM:
        return
    for place, name in ((1, "worker"), (2, "gateway")):
        growth = 1000 * slope([(each[0], float(each[place])) for each in later])
        row.notes.append(f"{name}: {growth:+.1f} MB per 1000 photos")
        row.require(f"the {name}'s memory grows", growth < _LEAK_MB_PER_1000)
