"""Which runs are measured: those that were asked for, and a share of the others that is the share."""

from dataclasses import dataclass
from typing import cast

import pytest

from services.inference.sampling import FaithfulnessSample
from shared.db.records import ClaimedRun


@dataclass
class Run:
    run_id: str
    measure_faithfulness: bool


def run(number: int, *, asked: bool = False) -> ClaimedRun:
    return cast("ClaimedRun", Run(f"run_{number}", asked))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 1.0])
def test_the_share_is_kept_and_the_same_runs_belong_to_it(share: float) -> None:
    sample = FaithfulnessSample(share)
    chosen = [number for number in range(20_000) if sample.holds(run(number))]
    assert len(chosen) / 20_000 == pytest.approx(share, abs=0.01)
    assert chosen == [number for number in range(20_000) if FaithfulnessSample(share).holds(run(number))]


def test_who_asks_is_measured() -> None:
    assert FaithfulnessSample(0).holds(run(1, asked=True))
