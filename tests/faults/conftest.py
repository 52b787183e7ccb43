"""The servers of all experiments, started once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.lab import Lab, open_lab

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    with open_lab() as servers:
        yield servers
