"""A bar in a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.progress import track

from services.trainer.canvases import Progress

_BETWEEN_LINES_S = 10.0


def shown(title: str) -> Progress:
    """A progress that says `title`."""

    def progress(items: Iterable[Any], total: int) -> Iterable[Any]:
        if sys.stderr.isatty():
            return track(items, title, total=total, console=Console(stderr=True), transient=True)
        return _lines(items, total, title)

    return progress


def _lines(items: Iterable[Any], total: int, title: str) -> Iterator[Any]:
    told = time.monotonic()
    for number, item in enumerate(items, start=1):
        yield item
        if time.monotonic() - told > _BETWEEN_LINES_S:
            told = time.monotonic()
            print(f"{title}: {number} of {total}", file=sys.stderr, flush=True)
