"""Models in memory, by registry id. Weights come from the object store and are kept on disk by digest."""

import hashlib
import json
import os
import threading
from collections import OrderedDict
from pathlib import Path

from sqlalchemy import select

from services.inference.model.backends.choice import AUTO, available, choose
from services.inference.model.engine import LoadedModel, load_model
from services.inference.model.folder import ModelFolder, read_manifest
from shared.contracts.enums import ModelState
from shared.db.models import ModelVersion
from shared.db.session import Database
from shared.errors import ModelInvalid, TransientError
from shared.observability.logging import get_logger
from shared.storage.base import ObjectStore

_log = get_logger(__name__)


class LoadedModels:
    """Keeps the `keep` most recently used models loaded. Safe to share between threads."""

    def __init__(
        self, database: Database, store: ObjectStore, cache: Path, *, device: str, backend: str, keep: int = 2
    ) -> None:
        """`device` and `backend`: see `choose`. `cache`: folder for weights and for what backends compile of them."""
        self._database = database
        self._store = store
        self._cache = cache
        self._device = device
        self._backend = backend
        self._keep = keep
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, LoadedModel] = OrderedDict()

    def get(self, model_version_id: str) -> LoadedModel:
        """Return the model, loading it where needed.

        Raises ModelInvalid where manifest, digest or weights disagree, BackendUnavailable where nothing here may run
        it, StoreUnavailable or DatabaseUnavailable.
        """
        with self._lock:
            model = self._loaded.get(model_version_id)
            if model is None:
                model = self._load(model_version_id)
                self._loaded[model_version_id] = model
                while len(self._loaded) > self._keep:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end(model_version_id)
            return model

    def preload(self) -> LoadedModel | None:
        """Load the active model, if there is one, so that the first photo does not wait for it.

        Neither an outage nor a model that cannot be used here is a reason not to start: later ones may be sound.
        """
        try:
            with self._database.transaction() as session:
                active = session.scalar(select(ModelVersion.id).where(ModelVersion.state == ModelState.ACTIVE))
            return None if active is None else self.get(active)
        except (TransientError, ModelInvalid) as error:
            _log.warning("model_not_preloaded", error=error.code, detail=error.detail)
            return None

    def _load(self, model_version_id: str) -> LoadedModel:
        with self._database.transaction() as session:
            row = session.get(ModelVersion, model_version_id)
        if row is None:
            raise ModelInvalid(f"no model {model_version_id} in the registry")
        manifest = read_manifest(json.dumps(row.manifest).encode())
        if manifest.digest != row.version:
            raise ModelInvalid(f"the manifest of {model_version_id} does not have the digest of its version")
        folder = ModelFolder(manifest, self._weights(row.weights_sha256, row.weights_key))
        backend = choose(self._backend, self._device, manifest.backends)
        if backend.device == "cpu" and available()[0].device == "cuda" and self._device == AUTO == self._backend:
            _log.warning("gpu_not_used", reason="the model was not checked on it", checked=list(manifest.backends))
        model = load_model(folder, backend=backend, compiled=self._cache / "compiled")
        _log.info("model_loaded", model=manifest.name, version=row.version, backend=model.backend)
        return model

    def _weights(self, sha256: str, key: str) -> bytes:
        """Return bytes whose digest `load_model` checks; a cached file that went bad is fetched again next time."""
        cached = self._cache / "weights" / f"{sha256}.safetensors"
        if cached.exists():
            content = cached.read_bytes()
            if _digest(content) == sha256:
                return content
        content = self._store.get(key)
        cached.parent.mkdir(parents=True, exist_ok=True)
        partial = cached.with_suffix(f".{os.getpid()}.part")
        partial.write_bytes(content)
        partial.replace(cached)
        return content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
