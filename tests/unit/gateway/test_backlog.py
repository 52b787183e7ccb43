"""Estimates from a snapshot: plain arithmetic, no database."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.gateway.backlog.repository import Pace, Waiting, WorkerSeen
from services.gateway.backlog.service import Snapshot
from services.gateway.metrics import FIGURES, QueueCollector

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SNAPSHOT = Snapshot(
    waiting=Waiting(seconds=(int(NOON.timestamp()), int(NOON.timestamp()) + 1), runs=(4, 6)),
    pace=Pace(running=8, ended=100, busy_seconds=5),
    workers=[WorkerSeen("a", 0.5), WorkerSeen("b", 31.0)],
)


def test_the_position_counts_whole_seconds_before() -> None:
    positions = [SNAPSHOT.position(NOON + timedelta(milliseconds=ms)) for ms in (-1, 0, 999, 1000, 2500)]
    assert positions == [0, 0, 0, 4, 10]


def test_the_wait_follows_the_pace_of_the_seconds_in_which_work_was_done() -> None:
    assert SNAPSHOT.runs_per_second == 20
    assert SNAPSHOT.wait_s(0) == 1
    assert SNAPSHOT.wait_s(SNAPSHOT.queued) == 1
    assert SNAPSHOT.wait_s(991) == 50


def test_nobody_can_tell_where_nothing_has_ended() -> None:
    assert Snapshot().wait_s(5) is None


def test_a_silent_worker_is_not_alive() -> None:
    assert SNAPSHOT.workers_alive == 1


def test_every_metric_is_documented_and_nothing_else() -> None:
    table = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(lesionlens_\w+)`", table, re.MULTILINE))
    told = {family.name for family in QueueCollector(SNAPSHOT).collect()}
    assert told | {f"lesionlens_{name}" for name in FIGURES} == documented
