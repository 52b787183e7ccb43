"""What an experiment is given, and the list of all of them."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tests.faults.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.lab import Lab
    from tests.faults.sizes import Size


@dataclass(frozen=True)
class Setting:
    """The servers, how large, and where to say how far it is."""

    lab: Lab
    size: Size
    say: Callable[[str], None]

    def progress(self, row: Row, text: str) -> None:
        self.say(f"{row.id}: {text}")


Experiment: TypeAlias = "Callable[[Setting], Row]"


def perform(name: str, experiment: Experiment, setting: Setting) -> Row:
    """Run one experiment and note how long it took. One that cannot be carried out has failed, with its trace."""
    began = time.monotonic()
    try:
        row = experiment(setting)
    except Exception:  # noqa: BLE001 - the other experiments are still to run
        row = Row(name, "could not be carried out", problems=[traceback.format_exc(limit=-4)])
    row.seconds = time.monotonic() - began
    return row
