"""Places for models: as many as fit, each loaded once, nobody kept waiting by a load that he does not need."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from services.inference import loaded_models
from services.inference.loaded_models import LoadedModels
from services.inference.model.engine import LoadedModel
from shared.errors import ModelInvalid, StoreUnavailable

PATIENCE_S = 5.0


class Named:
    """In place of a model."""

    def __init__(self, name: str) -> None:
        self.name = name


class Loads:
    """Brings in `Named` models and counts; `hold` lets a load wait, `fail` lets it fail."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.hold: dict[str, threading.Event] = {}
        self.fail: dict[str, Exception] = {}

    def __call__(self, model_id: str) -> LoadedModel:
        self.begun.append(model_id)
        if model_id in self.hold:
            assert self.hold[model_id].wait(PATIENCE_S)
        if model_id in self.fail:
            raise self.fail[model_id]
        return cast("LoadedModel", Named(model_id))


@pytest.fixture
def loads() -> Loads:
    return Loads()


@pytest.fixture
def models(loads: Loads) -> LoadedModels:
    return LoadedModels(loads)


def use(models: LoadedModels, model_id: str) -> str:
    with models.using(model_id) as model:
        return cast("Named", model).name


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_the_third_drops_the_one_that_was_not_used_for_longest(models: LoadedModels, loads: Loads) -> None:
    for model_id in ("a", "b", "a", "c", "a"):
        assert use(models, model_id) == model_id
    assert loads.begun == ["a", "b", "c"]
    assert list(models.loaded()) == ["c", "a"]


def test_none_is_dropped_that_is_in_use(models: LoadedModels, loads: Loads) -> None:
    use(models, "b")
    with models.using("a"):
        use(models, "b")
        use(models, "c")
        assert set(models.loaded()) == {"a", "c"}, "a was used before b, and is in use"
    assert loads.begun == ["b", "a", "c"]


def test_where_all_are_in_use_the_next_waits_and_says_that_it_lives(models: LoadedModels, loads: Loads) -> None:
    signs = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with models.using("a"), models.using("b"):
            waiting = pool.submit(lambda: models.using("c", signs.set).__enter__())
            assert signs.wait(PATIENCE_S)
            assert loads.begun == ["a", "b"]
        assert cast("Named", waiting.result(PATIENCE_S)).name == "c"
    assert len(models.loaded()) == 2


def test_nobody_waits_for_a_load_of_another_model(models: LoadedModels, loads: Loads) -> None:
    use(models, "old")
    loads.hold["new"] = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(use, models, "new")
        until(lambda: "new" in loads.begun)
        assert models.loading() == {"new"}
        began = time.monotonic()
        assert [use(models, "old") for _ in range(100)] == ["old"] * 100
        assert time.monotonic() - began < 1
        assert not waiting.done()
        loads.hold["new"].set()
        assert waiting.result(PATIENCE_S) == "new"
    assert models.loading() == frozenset()


def test_many_who_want_the_same_load_it_once(models: LoadedModels, loads: Loads) -> None:
    loads.hold["a"] = threading.Event()
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(use, models, "a") for _ in range(8)]
        until(lambda: bool(loads.begun))
        loads.hold["a"].set()
        assert [each.result(PATIENCE_S) for each in waiting] == ["a"] * 8
    assert loads.begun == ["a"]


def test_whoever_waits_for_a_load_gives_no_sign_of_life(models: LoadedModels, loads: Loads) -> None:
    """So that the watchdog finds a load that hangs."""
    signs: list[float] = []
    loads.hold["a"] = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(use, models, "a")
        until(lambda: bool(loads.begun))
        second = pool.submit(lambda: models.using("a", lambda: signs.append(0)).__enter__())
        time.sleep(1.2)  # longer than between two signs
        loads.hold["a"].set()
        assert first.result(PATIENCE_S) == "a"
        second.result(PATIENCE_S)
    assert signs == []


def test_a_load_that_fails_leaves_its_place_and_is_told_to_everybody(models: LoadedModels, loads: Loads) -> None:
    loads.fail["bad"] = ModelInvalid("not a model")
    with ThreadPoolExecutor(4) as pool:
        told = [pool.submit(use, models, "bad").exception(PATIENCE_S) for _ in range(4)]
    assert all(isinstance(error, ModelInvalid) for error in told)
    assert [use(models, model_id) for model_id in ("a", "b", "a")] == ["a", "b", "a"]
    assert loads.begun[-2:] == ["a", "b"]
    loads.fail["bad"] = StoreUnavailable("away")
    with pytest.raises(StoreUnavailable):
        use(models, "bad")
    del loads.fail["bad"]
    assert use(models, "bad") == "bad"


def test_a_load_that_takes_too_long_hides_its_runs_no_more(models: LoadedModels, loads: Loads) -> None:
    loads.hold["slow"] = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(use, models, "slow")
        until(lambda: bool(loads.begun))
        assert models.loading() == {"slow"}
        models._places["slow"].since -= loaded_models._PATIENCE_S
        assert models.loading() == frozenset()
        loads.hold["slow"].set()
