"""Models in memory, by registry id: never more than fit, each loaded once, and none dropped that a batch uses."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from services.inference.model.engine import LoadedModel

_BETWEEN_SIGNS_S = 1.0
_PATIENCE_S = 60.0
"""A load that takes longer hides its model's runs no more: they are claimed, and whoever waits with them is watched."""


@dataclass(slots=True)
class _Place:
    """A place for one model; `model` is None while it is being loaded."""

    model: LoadedModel | None = None
    users: int = 0
    since: float = field(default_factory=time.monotonic)


class LoadedModels:
    """Keeps up to `keep` models, the least recently used goes first. Safe to share between threads.

    While one model is being loaded, the others can be used: nobody waits but those who want that one. `load` brings a
    model into memory, or raises.
    """

    def __init__(self, load: Callable[[str], LoadedModel], *, keep: int = 2) -> None:
        self._load = load
        self._keep = keep
        self._moved = threading.Condition()
        self._places: OrderedDict[str, _Place] = OrderedDict()

    @contextmanager
    def using(self, model_id: str, alive: Callable[[], object] = lambda: None) -> Iterator[LoadedModel]:
        """Keep the model in memory for the length of the block, loading it where needed. Raises what `load` raises.

        `alive` is called every second while all places are taken by models that others use: their threads are watched
        themselves. A load is not waited for in this way, so that one that hangs is found out.
        """
        place, model = self._take(model_id, alive)
        try:
            yield model
        finally:
            with self._moved:
                place.users -= 1
                self._moved.notify_all()

    def loaded(self) -> dict[str, LoadedModel]:
        """Return the models in memory by id, the most recently used last."""
        with self._moved:
            return {model_id: place.model for model_id, place in self._places.items() if place.model is not None}

    def loading(self) -> frozenset[str]:
        """Return the ids of models that are being loaded, and have been for less than a minute."""
        with self._moved:
            lately = time.monotonic() - _PATIENCE_S
            places = self._places.items()
            return frozenset(model_id for model_id, place in places if place.model is None and place.since > lately)

    def _take(self, model_id: str, alive: Callable[[], object]) -> tuple[_Place, LoadedModel]:
        with self._moved:
            while True:
                place = self._places.get(model_id)
                if place is not None and place.model is not None:
                    self._places.move_to_end(model_id)
                    place.users += 1
                    return place, place.model
                if place is None and self._make_room():
                    place = self._places[model_id] = _Place(users=1)
                    break
                if place is None and any(other.users and other.model is not None for other in self._places.values()):
                    alive()
                self._moved.wait(_BETWEEN_SIGNS_S)
        return place, self._fill(model_id, place)

    def _make_room(self) -> bool:
        """Return whether there is a place, once the least recently used model that nobody uses is dropped for it."""
        if len(self._places) < self._keep:
            return True
        idle = next((model_id for model_id, place in self._places.items() if not place.users), None)
        if idle is not None:
            del self._places[idle]
        return idle is not None

    def _fill(self, model_id: str, place: _Place) -> LoadedModel:
        try:
            model = self._load(model_id)
        except BaseException:
            with self._moved:
                del self._places[model_id]
                self._moved.notify_all()
            raise
        with self._moved:
            place.model = model
            self._moved.notify_all()
        return model
