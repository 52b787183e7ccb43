"""Where models come from: the registry says which, the store has their weights, the disk keeps what was fetched."""

import hashlib
import json
import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from sqlalchemy import or_, select

from services.inference.freed_memory import give_back_freed_memory
from services.inference.model.backends.choice import AUTO, available, choose
from services.inference.model.backends.compiled_cache import forget_all_but
from services.inference.model.engine import LoadedModel, load_model
from services.inference.model.folder import ModelFolder, read_manifest
from shared.contracts.enums import ModelState
from shared.contracts.manifest import ModelManifest
from shared.db import lifecycle
from shared.db.models import ModelVersion
from shared.db.session import Database
from shared.errors import ModelInvalid
from shared.observability.logging import get_logger
from shared.storage.base import ObjectStore

_log = get_logger(__name__)
_COMPILED = "compiled"
_WEIGHTS = "weights"


class ModelSource:
    """Safe to share between threads."""

    def __init__(self, database: Database, store: ObjectStore, cache: Path, *, device: str, backend: str) -> None:
        """`device` and `backend`: see `choose`. `cache`: folder for weights and for what backends compile of them."""
        self._database = database
        self._store = store
        self._cache = cache
        self._device = device
        self._backend = backend
        self._manifests: dict[str, ModelManifest] = {}

    def active(self) -> str | None:
        """Return the id of the model that new cases are given to. Raises DatabaseUnavailable."""
        with self._database.transaction() as session:
            return lifecycle.active_model_id(session)

    def load(self, model_version_id: str) -> LoadedModel:
        """Load a model, whatever its state: a run names what it is to be done with.

        Raises ModelInvalid where manifest, digest or weights disagree, BackendUnavailable where nothing here may run
        it, StoreUnavailable or DatabaseUnavailable.
        """
        row = self._row(model_version_id)
        manifest = _manifest(row)
        backend = choose(self._backend, self._device, manifest.backends)
        if backend.device == "cpu" and available()[0].device == "cuda" and self._device == AUTO == self._backend:
            _log.warning("gpu_not_used", reason="the model was not checked on it", checked=list(manifest.backends))
        folder = ModelFolder(manifest, self._weights(row.weights_sha256, row.weights_key))
        model = load_model(folder, backend=backend, compiled=self._cache / _COMPILED)
        del folder
        give_back_freed_memory()
        _log.info("model_loaded", model=manifest.name, version=row.version, backend=model.backend)
        return model

    def manifest(self, model_version_id: str) -> ModelManifest:
        """Return what a model says of itself, without its weights; asked once for each model, whatever its state.

        Raises ModelInvalid where the registry does not have it or holds another one, DatabaseUnavailable.
        """
        known = self._manifests.get(model_version_id)
        if known is None:
            known = self._manifests[model_version_id] = _manifest(self._row(model_version_id))
        return known

    def tidy(self, loaded: Collection[str]) -> None:
        """Remove from disk what belongs to models that are retired, or that the registry does not know.

        `loaded`: ids whose files stay in any case. Whatever is missed later is fetched and compiled again. Raises
        DatabaseUnavailable; a folder that refuses keeps what it has.
        """
        wanted = or_(ModelVersion.state != ModelState.RETIRED, ModelVersion.id.in_(loaded))
        with self._database.transaction() as session:
            kept = session.execute(select(ModelVersion.version, ModelVersion.weights_sha256).where(wanted)).all()
        removed = forget_all_but(self._cache / _COMPILED, {row.version for row in kept})
        names = {_weights_name(row.weights_sha256) for row in kept}
        for file in (self._cache / _WEIGHTS).glob("*.safetensors"):
            if file.name not in names:
                with suppress(OSError):
                    file.unlink()
                    removed += 1
        if removed:
            _log.info("cache_tidied", files_removed=removed)

    def _row(self, model_version_id: str) -> ModelVersion:
        with self._database.transaction() as session:
            row = session.get(ModelVersion, model_version_id)
        if row is None:
            raise ModelInvalid(f"no model {model_version_id} in the registry")
        return row

    def _weights(self, sha256: str, key: str) -> bytes:
        """Return bytes whose digest `load_model` checks; a cached file that went bad is fetched again next time."""
        cached = self._cache / _WEIGHTS / _weights_name(sha256)
        with suppress(FileNotFoundError):
            content = cached.read_bytes()
            if hashlib.sha256(content).hexdigest() == sha256:
                return content
        content = self._store.get(key)
        cached.parent.mkdir(parents=True, exist_ok=True)
        partial = cached.with_suffix(f".{os.getpid()}.part")
        partial.write_bytes(content)
        partial.replace(cached)
        return content


def _manifest(row: ModelVersion) -> ModelManifest:
    manifest = read_manifest(json.dumps(row.manifest).encode())
    if manifest.digest != row.version:
        raise ModelInvalid(f"the manifest of {row.id} does not have the digest of its version")
    return manifest


def _weights_name(sha256: str) -> str:
    return f"{sha256}.safetensors"
