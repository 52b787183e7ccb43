"""A worker's parts around a tiny seeded model, on real servers."""

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from services.inference import registry
from services.inference.decode import Decoder
from services.inference.loaded_models import LoadedModels
from services.inference.model.development import write_development_model
from services.inference.model.engine import LoadedModel
from services.inference.model_source import ModelSource
from services.inference.photos import Photos
from services.inference.pipeline import Pipeline
from services.inference.redecision import Redecisions
from services.inference.results import Results
from services.inference.run_spans import RunSpans
from services.inference.sampling import FaithfulnessSample
from services.inference.shelf import Shelf
from services.inference.stored_answers import StoredAnswers
from services.inference.watchdog import Watchdog
from shared.contracts.enums import CaseState
from shared.db import lifecycle
from shared.db.models import Case
from shared.db.session import Database
from shared.observability.tracing import Tracing
from shared.settings import TraceSettings
from shared.storage import keys
from shared.storage.s3 import S3Store
from tests.integration.records import add_clinic, claim, new_case


def photo(
    color: tuple[int, int, int] = (190, 130, 110), size: tuple[int, int] = (340, 256), fmt: str = "JPEG"
) -> bytes:
    """Return a generated picture: a dark disc on a lighter ground."""
    picture = Image.new("RGB", size, color)
    ImageDraw.Draw(picture).ellipse([size[0] // 3, size[1] // 3, size[0] * 2 // 3, size[1] * 2 // 3], fill=(80, 45, 35))
    out = io.BytesIO()
    picture.save(out, fmt)
    return out.getvalue()


@dataclass
class Ward:
    """A clinic, a registered and active model, and a pipeline to put photos through."""

    gateway: Database
    worker: Database
    store: S3Store
    models: LoadedModels
    pipeline: Pipeline
    clinic: str
    model: str

    def submit(self, content: bytes, **described: object) -> str:
        """Accept a photo as the gateway does: object first, then the rows."""
        case = new_case(self.clinic, self.model, **described)
        self.store.put(keys.incoming(case.case_id), content, media_type="image/jpeg")
        with self.gateway.transaction(self.clinic) as session:
            lifecycle.accept_case(session, case)
        return case.case_id

    def loaded(self) -> LoadedModel:
        """The ward's model, in memory."""
        with self.models.using(self.model) as model:
            return model

    def work(self) -> int:
        """Work until nothing is due; return the number of batches."""
        batches = 0
        while runs := claim(self.worker):
            self.pipeline.work(runs)
            batches += 1
        return batches

    def case(self, case_id: str) -> Case:
        with self.worker.transaction() as session:
            return session.get_one(Case, case_id)

    def states(self, case_ids: list[str]) -> list[CaseState]:
        return [CaseState(self.case(case_id).state) for case_id in case_ids]


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "tiny"
    write_development_model(folder, seed=1)
    return folder


@pytest.fixture
def ward(
    gateway_database: Database, worker_database: Database, store: S3Store, model_folder: Path, tmp_path: Path
) -> Iterator[Ward]:
    model, _ = registry.register(worker_database, store, model_folder)
    registry.activate(worker_database, model)
    with gateway_database.transaction() as session:
        clinic = add_clinic(session)
    source = ModelSource(worker_database, store, tmp_path / "cache", device="cpu", backend="auto")
    models = LoadedModels(source.load)
    decoder = Decoder()
    stop, watchdog = threading.Event(), Watchdog(60)
    results = Results(worker_database, store, stop, watchdog, retry_delay_s=0)
    shelf = Shelf(store)
    photos = Photos(store, decoder, shelf)
    pipeline = Pipeline(
        photos,
        models,
        shelf,
        results,
        stop,
        watchdog,
        sample=FaithfulnessSample(0),
        stored_answers=StoredAnswers(worker_database, source.manifest),
        redecisions=Redecisions(source.manifest, photos, store, shelf),
        spans=RunSpans(Tracing("inference", TraceSettings())),
    )
    yield Ward(gateway_database, worker_database, store, models, pipeline, clinic, model)
    pipeline.close()
    shelf.close()
    decoder.close()
