"""A bar in a terminal, a line now and then elsewhere. Standard error, so that answers can be piped."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

_T = TypeVar("_T")
_WIDTH, _LINE = 30, 79
_BAR_EVERY_S, _LINE_EVERY_S = 0.1, 10.0


def say(text: str) -> None:
    """Print a line for the operator."""
    print(text, file=sys.stderr, flush=True)


class Bar:
    """Counts `unit`s done of `total`; without a total it shows the count alone."""

    def __init__(self, title: str, total: int | None, unit: str = "") -> None:
        self._title = title
        self._total = total
        self._unit = f" {unit}" if unit else ""
        self._done = 0
        self._began = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self._next = self._began + (0 if self._terminal else _LINE_EVERY_S)

    def add(self, count: int = 1) -> None:
        self._done += count
        if time.monotonic() >= self._next:
            self._show()
            self._next = time.monotonic() + (_BAR_EVERY_S if self._terminal else _LINE_EVERY_S)

    def end(self) -> None:
        """Say how many there were and how long it took, in place of the bar."""
        took = time.monotonic() - self._began
        say(self._over(f"{self._title}: {self._done:,}{self._unit} in {took:.1f} s"))

    def _show(self) -> None:
        words = " ".join(self._words())
        if self._terminal:
            print(self._over(words), end="", file=sys.stderr, flush=True)
        else:
            say(words)

    def _over(self, words: str) -> str:
        """Return the words so that they take the place of what the terminal's line holds."""
        return f"\r{words.ljust(_LINE)}" if self._terminal else words

    def _words(self) -> Iterator[str]:
        yield f"{self._title}:"
        if self._terminal and self._total:
            full = min(_WIDTH, _WIDTH * self._done // self._total)
            yield "█" * full + "·" * (_WIDTH - full)
        yield f"{self._done:,}" + (f" of {self._total:,}" if self._total else "") + self._unit


def counted(items: Iterable[_T], title: str, total: int | None, unit: str = "") -> Iterator[_T]:
    """Yield the items and show how many there were."""
    bar = Bar(title, total, unit)
    for item in items:
        yield item
        bar.add()
    bar.end()
