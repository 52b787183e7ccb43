"""The registry: what is registered can be loaded, and one model is active."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select, text

from services.inference import registry
from services.inference.model.development import write_development_model
from services.inference.model_source import ModelSource
from shared.db.models import ModelVersion
from shared.db.session import Database
from shared.errors import ModelInvalid
from shared.storage.s3 import S3Store


def test_the_same_folder_twice_is_one_version(worker_database: Database, store: S3Store, model_folder: Path) -> None:
    first, is_new = registry.register(worker_database, store, model_folder)
    again, is_new_again = registry.register(worker_database, store, model_folder)
    assert (first, True, False) == (again, is_new, is_new_again)


def test_activating_retires_the_other_unless_told_to_leave_it(
    worker_database: Database, store: S3Store, model_folder: Path, tmp_path: Path
) -> None:
    write_development_model(tmp_path / "other", seed=2)
    one, _ = registry.register(worker_database, store, model_folder)
    two, _ = registry.register(worker_database, store, tmp_path / "other")
    assert registry.activate(worker_database, one)
    assert not registry.activate(worker_database, two, if_none=True)
    assert registry.activate(worker_database, two)
    with worker_database.transaction() as session:
        states = dict(session.execute(select(ModelVersion.id, ModelVersion.state)).tuples().all())
    assert states == {one: "retired", two: "active"}


def test_weights_that_are_not_the_manifest_s_are_refused(
    worker_database: Database, store: S3Store, tmp_path: Path
) -> None:
    folder = tmp_path / "spoiled"
    write_development_model(folder, seed=3)
    weights = next(folder.glob("*.safetensors"))
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ModelInvalid):
        registry.register(worker_database, store, folder)
    with worker_database.transaction() as session:
        assert session.scalars(select(ModelVersion)).all() == []


def test_a_worker_refuses_a_manifest_that_was_changed_in_the_registry(
    worker_database: Database, store: S3Store, model_folder: Path, tmp_path: Path
) -> None:
    model_id, _ = registry.register(worker_database, store, model_folder)
    manifest = json.loads((model_folder / "manifest.json").read_bytes())
    manifest["thresholds"]["refer"] = 0.999
    with worker_database.transaction() as session:
        session.execute(
            text("UPDATE model_versions SET manifest = CAST(:manifest AS jsonb)"), {"manifest": json.dumps(manifest)}
        )
    with pytest.raises(ModelInvalid, match="digest"):
        ModelSource(worker_database, store, tmp_path, device="cpu", backend="auto").load(model_id)


def test_a_cached_weights_file_gone_bad_is_fetched_again(
    worker_database: Database, store: S3Store, model_folder: Path, tmp_path: Path
) -> None:
    model_id, _ = registry.register(worker_database, store, model_folder)
    ModelSource(worker_database, store, tmp_path, device="cpu", backend="auto").load(model_id)
    (cached,) = (tmp_path / "weights").glob("*.safetensors")
    good = cached.read_bytes()
    cached.write_bytes(b"spoiled")
    ModelSource(worker_database, store, tmp_path, device="cpu", backend="auto").load(model_id)
    assert cached.read_bytes() == good
