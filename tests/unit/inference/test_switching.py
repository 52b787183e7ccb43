"""Looks at the registry: what was activated comes in, what cannot be loaded is not tried for ever."""

from typing import cast

import pytest

from services.inference.loaded_models import LoadedModels
from services.inference.model.engine import LoadedModel
from services.inference.switching import Switching
from shared.errors import DatabaseUnavailable, LesionlensError, ModelInvalid, StoreUnavailable


class Registry:
    """A registry and its store, in memory."""

    def __init__(self) -> None:
        self.model: str | None = None
        self.failures: dict[str | None, Exception] = {}
        self.loads: list[str] = []
        self.told = 0

    def active(self) -> str | None:
        self._fail(None)
        return self.model

    def load(self, model_id: str) -> LoadedModel:
        self.loads.append(model_id)
        self._fail(model_id)
        return cast("LoadedModel", object())

    def tell(self) -> None:
        self.told += 1

    def _fail(self, what: str | None) -> None:
        if what in self.failures:
            raise self.failures[what]


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def models(registry: Registry) -> LoadedModels:
    return LoadedModels(registry.load)


@pytest.fixture
def switching(registry: Registry, models: LoadedModels) -> Switching:
    return Switching(registry, models, registry.tell)


def test_a_model_comes_in_once_and_the_former_stays(
    registry: Registry, models: LoadedModels, switching: Switching
) -> None:
    switching.look()
    assert registry.loads == []
    for model_id in ("a", "a", "b", "b", "a"):
        registry.model = model_id
        switching.look()
        assert switching.active == model_id
    assert registry.loads == ["a", "b"]
    assert set(models.loaded()) == {"a", "b"}
    assert registry.told == 2


def test_one_that_cannot_be_loaded_is_tried_once(registry: Registry, switching: Switching) -> None:
    registry.model, registry.failures["bad"] = "bad", ModelInvalid("contradicts itself")
    for _ in range(3):
        switching.look()
    assert registry.loads == ["bad"]
    registry.model = "good"
    switching.look()
    assert (registry.loads, registry.told) == (["bad", "good"], 1)


def test_a_fault_of_ours_is_met_once(registry: Registry, switching: Switching) -> None:
    registry.model, registry.failures["bad"] = "bad", RuntimeError("a fault")
    with pytest.raises(RuntimeError):
        switching.look()
    switching.look()
    assert registry.loads == ["bad"]


@pytest.mark.parametrize(("where", "error"), [(None, DatabaseUnavailable()), ("a", StoreUnavailable())])
def test_after_an_outage_it_goes_on(
    registry: Registry, switching: Switching, where: str | None, error: LesionlensError
) -> None:
    registry.model, registry.failures[where] = "a", error
    switching.look()
    switching.look()
    assert registry.told == 0
    registry.failures.clear()
    switching.look()
    assert registry.told == 1
