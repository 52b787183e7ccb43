"""Every experiment, in the order in which they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.faults.experiments.boundaries import killed_at_every_boundary
from tests.faults.experiments.campaigns import campaign_beside_live
from tests.faults.experiments.erased import erased_while_frozen
from tests.faults.experiments.histories import random_histories
from tests.faults.experiments.kills import leader_killed, workers_killed
from tests.faults.experiments.outages import broker_away, broker_emptied, database_away, store_away
from tests.faults.experiments.poisoned import poison_in_batches
from tests.faults.experiments.same_key import killed_before_the_answer, one_key_many_posts
from tests.faults.experiments.soak import soak
from tests.faults.experiments.zombies import zombies

if TYPE_CHECKING:
    from tests.faults.experiment import Experiment

EXPERIMENTS: Final[dict[str, Experiment]] = {
    "R1": workers_killed,
    "R2": broker_emptied,
    "R3": broker_away,
    "R4": killed_at_every_boundary,
    "R5": zombies,
    "R6": one_key_many_posts,
    "R7": killed_before_the_answer,
    "R8": poison_in_batches,
    "R13": campaign_beside_live,
    "R14": random_histories,
    "R15": soak,
    "R18": database_away,
    "R19": store_away,
    "R20": erased_while_frozen,
    "LEAD": leader_killed,
}
