"""Every experiment, in the order in which they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.faults.experiments.boundaries import killed_at_every_boundary
from tests.faults.experiments.kills import leader_killed, workers_killed
from tests.faults.experiments.outages import broker_away, broker_emptied, database_away, store_away

if TYPE_CHECKING:
    from tests.faults.experiment import Experiment

EXPERIMENTS: Final[dict[str, Experiment]] = {
    "R1": workers_killed,
    "R2": broker_emptied,
    "R3": broker_away,
    "R4": killed_at_every_boundary,
    "R18": database_away,
    "R19": store_away,
    "LEAD": leader_killed,
}
