"""How many bodies of one key may be on their way at the same moment, in one process. Each costs memory and disk."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from services.gateway.refusals import RateLimited

# Whoever has that many under way sees some of them end within a second, unless they are all slow.
_AGAIN_S: Final = 1


class BodyPlaces:
    """Belongs to one event loop. Each key has places of its own: one that fills all of its keeps nobody else out."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()

    @contextmanager
    def take(self, key_id: str) -> Iterator[None]:
        """Hold one of the key's places for the block. Raises RateLimited where all are taken."""
        if self._taken[key_id] >= self._most:
            raise RateLimited(f"{self._most} bodies of this key are on their way at this moment", _AGAIN_S)
        self._taken[key_id] += 1
        try:
            yield
        finally:
            self._taken[key_id] -= 1
            if not self._taken[key_id]:
                del self._taken[key_id]
