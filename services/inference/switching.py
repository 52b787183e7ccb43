"""Takes up the model that was activated, beside the ones in use: from the first case on it is there, or on its way."""

from collections.abc import Callable
from typing import Protocol

from services.inference.loaded_models import LoadedModels
from shared.errors import LesionlensError, PermanentError, TransientError
from shared.observability.logging import get_logger

_log = get_logger(__name__)


class Registry(Protocol):
    """Who knows which model new cases are given to."""

    def active(self) -> str | None:
        """Return its id. Raises DatabaseUnavailable."""


class Switching:
    """For one thread, which calls `look` every few seconds. `ready` is called when a model has newly come in.

    Neither an outage nor a model that cannot be used here is a reason to end: the next one may be sound.
    """

    def __init__(self, registry: Registry, models: LoadedModels, ready: Callable[[], object]) -> None:
        self._registry = registry
        self._models = models
        self._ready = ready
        self._active: str | None = None
        self._failed: tuple[str | None, str] | None = None
        self._refused: str | None = None

    @property
    def active(self) -> str | None:
        """The active model as of the last look that could ask."""
        return self._active

    def look(self) -> None:
        """Load the active model if it is not in memory yet. One that cannot be loaded at all is tried once."""
        try:
            self._active = self._registry.active()
            if self._active is not None and self._active not in {self._refused, *self._models.loaded()}:
                with self._models.using(self._active):
                    self._ready()
            self._failed = None
        except TransientError as error:
            self._say(error)
        except PermanentError as error:
            self._refused = self._active
            self._say(error)
        except Exception:
            # A fault of ours would be one again, with all that a load costs, at every look.
            self._refused = self._active
            raise

    def _say(self, error: LesionlensError) -> None:
        """Log a failure once, not with every look that meets it again."""
        failed = (self._active, error.code)
        if failed != self._failed:
            _log.warning("model_not_taken_up", model_id=self._active, error=error.code, detail=error.detail)
        self._failed = failed
