"""`history.csv`: a line for each epoch, under one head however often the run was interrupted."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastai.callback.core import Callback

_PASSED_OVER = 2  # number and time: nothing was measured


class History(Callback):  # type: ignore[misc]  # fastai has no types
    """Writes what fastai's Recorder logs, as its CSVLogger does. Nothing stays open between lines."""

    order = 60  # where CSVLogger stands

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shown: Any = None

    def before_fit(self) -> None:
        """Begin the file if it is not there, and listen."""
        if not self._path.exists():
            self._append(self.recorder.metric_names)
        self._shown, self.learn.logger = self.learn.logger, self._write

    def after_fit(self) -> None:
        self.learn.logger = self._shown

    def _write(self, log: Sequence[Any]) -> None:
        if len(log) > _PASSED_OVER:
            self._append(log)
        self._shown(log)

    def _append(self, values: Sequence[Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(",".join(str(value) for value in values) + "\n")
            file.flush()
            os.fsync(file.fileno())
