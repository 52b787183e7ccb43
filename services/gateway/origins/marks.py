"""What this process has told the access log of already. Forgetting costs one question to the database, never a row."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

_MOST: Final = 50_000


class Marks:
    """The latest `most` marks, each for `seconds` or for as long as there is room. Safe to use from many threads."""

    def __init__(
        self, *, seconds: float = math.inf, most: int = _MOST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._made_at: OrderedDict[Hashable, float] = OrderedDict()

    def __contains__(self, mark: Hashable) -> bool:
        with self._lock:
            made_at = self._made_at.get(mark)
        return made_at is not None and self._clock() - made_at < self._seconds

    def add(self, mark: Hashable) -> None:
        with self._lock:
            self._made_at[mark] = self._clock()
            self._made_at.move_to_end(mark)
            while len(self._made_at) > self._most:
                self._made_at.popitem(last=False)
