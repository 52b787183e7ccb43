"""Holds the record against the client's list of 202s. Asks Postgres and the object store, never a service."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from shared.errors import ObjectMissing
from shared.storage import keys
from tests.faults.row import Row, percentile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tests.faults.load import Load
    from tests.faults.world import World

# An erased case has lost its events.
_TWICE = """
SELECT c.id FROM cases c LEFT JOIN events e ON e.case_id = c.id
WHERE c.state <> 'erased'
GROUP BY c.id, c.version
HAVING count(*) FILTER (WHERE e.type NOT IN ('case.accepted', 'case.processing')) > 1
    OR count(e.id) <> c.version OR count(DISTINCT e.version) <> c.version
    OR min(e.version) <> 1 OR max(e.version) <> c.version
"""
_DOUBLES = "SELECT client_ref FROM cases WHERE client_ref IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
_OBJECTS = """
SELECT a.key, a.sha256 FROM artifacts a JOIN runs r ON r.id = a.run_id WHERE r.state = 'succeeded'
UNION ALL SELECT image_key, image_sha256 FROM cases WHERE image_key IS NOT NULL
"""
_RAW = "SELECT id, incoming_key FROM cases WHERE incoming_key IS NOT NULL AND state IN ('accepted', 'processing')"
# What a service logs where it met an error that its authors had no plan for.
_UNFORESEEN = (
    '"timer_call_failed"',
    '"run_met_a_fault"',
    '"outcome_not_written"',
    '"duty_failed"',
    '"unexpected_error"',
    "raised unexpected",
)
_INTERRUPTED = """
SELECT extract(epoch FROM finished_at - started_at) FROM runs WHERE fence > 1 AND finished_at IS NOT NULL
"""


def judge(world: World, row: Row, loads: Iterable[Load], *, poison: Collection[str] = ()) -> None:
    """Fill in the row. `poison`: ids of cases whose photo was planted to fail."""
    accepted: dict[str, str] = {}
    for load in loads:
        accepted |= load.accepted
        row.problems += load.contradictions
        row.problems += [f"never accepted, in spite of all patience: {key}" for key in load.given_up[:3]]
    row.submitted += len(accepted)
    states = {case_id: (state, code) for case_id, state, code in world.rows("SELECT id, state, error_code FROM cases")}
    row.lost += sum(case_id not in states for case_id in accepted.values())
    row.stuck += sum(state in {"accepted", "processing"} for state, _ in states.values())
    failed = {case_id: code for case_id, (state, code) in states.items() if state == "failed" and case_id not in poison}
    row.exhausted += sum(code == "attempts_exhausted" for code in failed.values())
    others = sorted({str(code) for code in failed.values() if code != "attempts_exhausted"})
    row.require(f"healthy photos failed: {others}", not others)
    check_record(world, row)
    for process in world.processes:
        for line in process.lines:
            if any(word in line for word in _UNFORESEEN):
                row.problems.append(f"{process.name} met what nobody foresaw: {line[:1500]}")
                break


def check_record(world: World, row: Row) -> None:
    """Check the invariants as they are now, with or without work open."""
    row.twice += len(world.rows(_TWICE))
    row.problems += [f"one key, several cases: {key}" for (key,) in world.rows(_DOUBLES)]
    row.problems += [f"audit: {each}" for each in world.rows("SELECT * FROM audit_violations()")[:5]]
    row.problems += broken_objects(world)[:5]
    row.problems += [
        f"the photo of an open case is gone: {case_id}"
        for case_id, key in world.rows(_RAW)
        if world.store.head(key) is None
    ]


def broken_objects(world: World) -> list[str]:
    """Return what is wrong with the objects that the record names: missing, or other bytes than recorded (I7)."""
    named = [(str(key), str(digest)) for key, digest in world.rows(_OBJECTS)]

    def look(one: tuple[str, str]) -> str | None:
        key, digest = one
        try:
            content = world.store.get(key)
        except ObjectMissing:
            return f"object missing: {key}"
        return None if hashlib.sha256(content).hexdigest() == digest else f"object changed: {key}"

    with ThreadPoolExecutor(4) as pool:
        return [found for found in pool.map(look, named) if found]


def quarantined(world: World, case_id: str) -> bool:
    """Whether the photo of a failed case still lies in one of its two places."""
    return any(world.store.head(key(case_id)) is not None for key in (keys.quarantine, keys.incoming))


def interruption(world: World, row: Row) -> None:
    """Set the recovery of runs that were claimed more than once: from their first claim to their end."""
    seconds = [float(value) for (value,) in world.rows(_INTERRUPTED)]
    row.recovery_s = percentile(seconds, 0.99)
    row.recovery_means = "first claim to end, of runs that were interrupted"
    row.notes.append(f"{len(seconds)} runs were claimed more than once")


def back_after(world: World, row: Row, moment: float) -> None:
    """Set the recovery of an outage that was over at `moment` (epoch): from then to the end of what had waited."""
    seconds = world.rows(
        "SELECT greatest(0, extract(epoch FROM finished_at) - :moment) FROM runs"
        " WHERE extract(epoch FROM enqueued_at) < :moment AND finished_at > to_timestamp(:moment)",
        moment=moment,
    )
    value = percentile([float(each) for (each,) in seconds], 0.99)
    row.recovery_s = value if row.recovery_s is None else max(row.recovery_s, value or 0.0)
    row.recovery_means = "end of the outage to the end of what had waited"
