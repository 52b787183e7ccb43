"""Photos on their way in: a burst from several callers, arrivals at a rate, and a backlog that never runs out."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

from bench.product import Product, Sent

CALLERS: Final = 8
_MOST_AT_ONCE: Final = 32
_WAITING: Final = 48


def burst(send: Callable[[bytes], Sent], photos: Sequence[bytes], callers: int = CALLERS) -> list[Sent]:
    """Send them all, from so many callers, each with the next as soon as the last is answered."""
    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(send, photos))


def arrivals(send: Callable[[bytes], Sent], photos: Sequence[bytes], per_s: float, seed: int = 1) -> list[Sent]:
    """Send them at random moments, so many a second on average, whatever becomes of the earlier ones."""
    rng = random.Random(seed)
    due, sent = time.monotonic(), []
    with ThreadPoolExecutor(_MOST_AT_ONCE) as pool:
        for photo in photos:
            due += rng.expovariate(per_s)
            time.sleep(max(0.0, due - time.monotonic()))
            sent.append(pool.submit(send, photo))
        return [each.result() for each in sent]


class Backlog:
    """Keeps photos waiting for as long as the block lasts."""

    def __init__(self, product: Product, photo: Callable[[int], bytes]) -> None:
        self._product = product
        self._photo = photo
        self._stopping = threading.Event()
        self._error: Exception | None = None
        self.sent: list[Sent] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                missing = _WAITING - self._product.open_of(self.sent[-2 * _WAITING :])
                if missing > 0:
                    photos = [self._photo(len(self.sent) + number) for number in range(missing)]
                    self.sent += burst(self._product.submit, photos, callers=2)
                self._stopping.wait(0.2)
        except Exception as error:  # noqa: BLE001 - raised again where the block ends
            self._error = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        self._thread.join()
        if self._error and not error:
            raise self._error
