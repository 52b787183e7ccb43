"""A model is activated while photos come: nothing waits that need not, nothing fails, each run has its own model."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from services.inference import registry
from services.inference.engine import InferenceEngine
from services.inference.loaded_models import LoadedModels
from services.inference.model.development import write_development_model
from services.inference.model_source import ModelSource
from services.inference.settings import InferenceSettings
from shared.contracts.enums import CaseState
from shared.db.models import ModelVersion, Result, Run
from shared.settings import BrokerSettings, StorageSettings
from shared.storage import keys
from shared.storage.s3 import S3Store
from tests.integration.inference.conftest import Ward, photo
from tests.integration.records import claim

PATIENCE_S = 30.0


class HeldStore(S3Store):
    """The real store, except that reading what `held` names waits until `release` is set."""

    def __init__(self, settings: StorageSettings) -> None:
        super().__init__(settings)
        self.held = ""
        self.asked = threading.Event()
        self.release = threading.Event()

    def get(self, key: str) -> bytes:
        if key == self.held:
            self.asked.set()
            assert self.release.wait(PATIENCE_S)
        return super().get(key)


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@pytest.fixture
def other(ward: Ward, tmp_path: Path) -> Ward:
    """The same ward, but for photos that go to a second model, registered and not active yet."""
    write_development_model(tmp_path / "other", seed=2)
    model, _ = registry.register(ward.worker, ward.store, tmp_path / "other")
    return replace(ward, model=model)


@pytest.fixture
def held_store(storage_settings: StorageSettings, other: Ward) -> HeldStore:
    """A store that does not give out the second model's weights."""
    store = HeldStore(storage_settings)
    with other.worker.transaction() as session:
        store.held = keys.weights(session.get_one(ModelVersion, other.model).weights_sha256)
    return store


@pytest.fixture
def engine(
    ward: Ward, held_store: HeldStore, database_url: str, broker_settings: BrokerSettings, tmp_path: Path
) -> Iterator[InferenceEngine]:
    assert ward.model
    settings = InferenceSettings(
        database_url=SecretStr(database_url),
        redis_url=broker_settings.redis_url,
        s3_endpoint="unused",
        s3_access_key=SecretStr("unused"),
        s3_secret_key=SecretStr("unused"),
        data_dir=tmp_path,
        poll_interval_s=0.1,
        retry_delay_s=0,
    )
    engine = InferenceEngine(settings, threading.Event(), store=held_store)
    yield engine
    held_store.release.set()
    engine.close()


def models_of_results(ward: Ward, case_ids: list[str]) -> set[tuple[str, str]]:
    """For each case: the model that its run names, and the version that its result names."""
    with ward.worker.transaction() as session:
        rows = session.execute(
            select(Run.model_version_id, Result.model["version"].astext)
            .join(Result, Result.run_id == Run.id)
            .where(Run.case_id.in_(case_ids))
        )
        return {(model_id, version) for model_id, version in rows}


def version_of(ward: Ward) -> str:
    with ward.worker.transaction() as session:
        return session.get_one(ModelVersion, ward.model).version


def completed(ward: Ward, case_ids: list[str]) -> bool:
    return set(ward.states(case_ids)) == {CaseState.COMPLETED}


def test_while_the_new_model_comes_in_the_old_one_goes_on(
    engine: InferenceEngine, ward: Ward, other: Ward, held_store: HeldStore
) -> None:
    registry.activate(ward.worker, other.model)
    assert held_store.asked.wait(PATIENCE_S), "the worker has begun to load it, with no photo for it"
    new = [other.submit(photo()) for _ in range(30)]  # more than the lanes hold
    old = [ward.submit(photo()) for _ in range(10)]
    until(lambda: completed(ward, old), "photos of the old model, which came later, are done")
    assert set(ward.states(new)) == {CaseState.ACCEPTED}, "and those of the new one were left alone"
    held_store.release.set()
    until(lambda: completed(ward, new), "photos of the new model are done")
    assert models_of_results(ward, old + new) == {
        (ward.model, version_of(ward)),
        (other.model, version_of(other)),
    }
    assert set(engine._details()["models"]) == {ward.model, other.model}


def test_a_run_of_a_model_that_nobody_loaded_keeps_one_lane_at_most(
    engine: InferenceEngine, ward: Ward, other: Ward, held_store: HeldStore
) -> None:
    """A candidate that is only tried on some photos: the worker does not look for it by itself."""
    new = [other.submit(photo()) for _ in range(30)]
    assert held_store.asked.wait(PATIENCE_S)
    old = [ward.submit(photo()) for _ in range(10)]
    until(lambda: completed(ward, old), "photos of the active model are done")
    held_store.release.set()
    until(lambda: completed(ward, new), "photos of the candidate are done")
    assert engine.drain() == 0


def test_in_a_mixed_batch_what_can_be_done_at_once_is_done_first(
    ward: Ward, other: Ward, held_store: HeldStore, tmp_path: Path
) -> None:
    with ward.worker.transaction() as session:
        held_store.held = keys.weights(session.get_one(ModelVersion, ward.model).weights_sha256)
    source = ModelSource(ward.worker, held_store, tmp_path / "held", device="cpu", backend="auto")
    models = ward.pipeline._models = LoadedModels(source.load)
    with models.using(other.model):
        pass
    assert ward.model < other.model, "the one that is not loaded sorts first, as that of a roll back does"
    waiting, quick = ward.submit(photo()), other.submit(photo())
    runs = claim(ward.worker)
    assert len(runs) == 2
    work = threading.Thread(target=ward.pipeline.work, args=[runs])
    work.start()
    until(lambda: completed(ward, [quick]), "the photo whose model is loaded is done")
    assert held_store.asked.wait(PATIENCE_S)
    assert ward.states([waiting]) == [CaseState.PROCESSING]
    held_store.release.set()
    work.join(PATIENCE_S)
    assert completed(ward, [waiting])


def test_an_active_model_that_cannot_be_loaded_leaves_the_rest_alone(
    engine: InferenceEngine, ward: Ward, other: Ward, held_store: HeldStore
) -> None:
    held_store.release.set()
    held_store.put(held_store.held, b"spoiled", media_type="application/octet-stream")
    registry.activate(ward.worker, other.model)
    lost = other.submit(photo())
    until(lambda: other.case(lost).state == CaseState.FAILED, "a photo of the broken model fails")
    assert other.case(lost).error_code == "model_invalid"
    kept = ward.submit(photo())
    until(lambda: completed(ward, [kept]), "a photo of the old model is done")
    assert engine._details()["models"] == [ward.model]


def test_the_caches_keep_what_may_be_needed_again(ward: Ward, other: Ward, tmp_path: Path) -> None:
    write_development_model(tmp_path / "third", seed=3)
    third, _ = registry.register(ward.worker, ward.store, tmp_path / "third")
    source = ModelSource(ward.worker, ward.store, tmp_path / "cache", device="cpu", backend="openvino-cpu-fp32")
    for model in (ward.model, other.model, third):
        source.load(model)
    weights, compiled = tmp_path / "cache" / "weights", tmp_path / "cache" / "compiled"
    assert len(list(weights.iterdir())) == len(list(compiled.iterdir())) == 3
    registry.retire(ward.worker, other.model)
    registry.retire(ward.worker, third)
    source.tidy({third})
    with ward.worker.transaction() as session:
        kept = [session.get_one(ModelVersion, model) for model in (ward.model, third)]
    assert {path.stem for path in weights.iterdir()} == {model.weights_sha256 for model in kept}
    assert {path.name for path in compiled.iterdir()} == {model.version for model in kept}
    source.load(other.model)
