"""R8: photos that mean harm, one among thirty-one others in each batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.judge import interruption, judge, quarantined
from tests.faults.load import Load, post
from tests.faults.memory import family_mb
from tests.faults.photos import jpeg
from tests.faults.poison import POISON
from tests.faults.row import Row
from tests.faults.world import World, open_world

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.experiment import Setting

_BATCH = 32
_PLACE = 13
_MOST_MB = 3000.0


def poison_in_batches(setting: Setting) -> Row:
    """R8. Every neighbour gets its result; every poison ends within its attempts; memory stays bounded."""
    row = Row("R8", "poison mixed 1:31 into batches")
    kinds = setting.size.poison_kinds or tuple(POISON)
    with open_world(setting.lab, "r8") as world:
        world.start_gateway()
        world.start_maintenance()
        world.until_gateway()
        _post_what_is_refused(world, row, [kind for kind in POISON if POISON[kind].refused])
        loads = {kind: _post_batch(world, kind) for kind in kinds if not POISON[kind].refused}
        setting.progress(row, f"{len(loads)} batches of {_BATCH} wait for their worker")
        world.change("UPDATE runs SET max_attempts = :most", most=setting.size.poison_attempts)
        peak = _work_off(world)
        planted = {load.accepted[f"r8-{kind}-{_PLACE}"]: kind for kind, load in loads.items()}
        judge(world, row, loads.values(), poison=set(planted))
        _judge_poison(world, row, planted)
        interruption(world, row)
        row.require(f"the worker and its decoders took {peak:.0f} MB", peak < _MOST_MB)
        row.notes.append(f"at most {peak:.0f} MB resident in worker and decoders together, shared pages counted twice")
    return row


def _post_what_is_refused(world: World, row: Row, kinds: Sequence[str]) -> None:
    with world.connect() as api:
        for kind in kinds:
            status = post(api, POISON[kind].make(), f"r8-{kind}").status_code
            row.require(f"{kind} is answered with {status}", status == POISON[kind].refused)


def _post_batch(world: World, kind: str) -> Load:
    content = POISON[kind].make()
    return world.submit(f"r8-{kind}", _BATCH, photo=lambda number: content if number == _PLACE else jpeg(number))


def _work_off(world: World) -> float:
    """Start the worker, wait for the end, and return the most memory that it took, in MB."""
    worker = world.start("worker", "tests.faults.planted.worker", "serve", BATCH_SIZE=str(_BATCH))
    world.until_ready([worker])
    peak = 0.0
    while world.open_cases() and world.until(lambda: True, 1):
        before = world.open_cases()
        for _ in range(150):
            peak = max(peak, family_mb(worker.pid))
            world.pass_time(0.2)
            if world.open_cases() < before:
                break
        else:
            break
    return peak


def _judge_poison(world: World, row: Row, planted: dict[str, str]) -> None:
    ends = "SELECT c.id, c.state, c.error_code, r.attempts, r.max_attempts FROM cases c JOIN runs r ON r.case_id = c.id"
    for case_id, state, code, attempts, most in world.rows(ends):
        if case_id not in planted:
            row.require(f"a neighbour ended as {state} ({code})", state == "completed")
            continue
        kind = planted[case_id]
        row.notes.append(f"{kind}: {state} {code or ''} after {attempts} attempts".replace("  ", " "))
        row.require(f"{kind} took {attempts} attempts", attempts <= most)
        if POISON[kind].kills:
            row.kills += attempts
            row.require(f"{kind}: {state} {code}", (state, code) == ("failed", "attempts_exhausted"))
        row.require(f"{kind}: the photo is gone", state != "failed" or quarantined(world, case_id))
