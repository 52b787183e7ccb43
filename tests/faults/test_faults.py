"""The experiments of docs/reliability.md in sizes that fit into `make test`. `make faults` runs the larger ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.catalogue import EXPERIMENTS
from tests.faults.experiment import Setting, perform
from tests.faults.row import line
from tests.faults.sizes import SUBSET

if TYPE_CHECKING:
    from tests.faults.lab import Lab


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_nothing_is_lost_or_published_twice(name: str, lab: Lab) -> None:
    row = perform(name, EXPERIMENTS[name], Setting(lab, SUBSET, print))
    assert row.passed, "\n".join([line(row), *row.problems])
