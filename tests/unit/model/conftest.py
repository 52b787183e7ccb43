import random
from collections.abc import Callable
from pathlib import Path

import pytest

from services.inference.model.development import write_development_model
from services.inference.model.engine import LoadedModel, load_model
from services.inference.model.folder import ModelFolder, read_folder


@pytest.fixture(scope="session")
def development_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "development"
    write_development_model(folder, seed=1)
    return folder


@pytest.fixture(scope="session")
def folder(development_folder: Path) -> ModelFolder:
    return read_folder(development_folder)


@pytest.fixture(scope="session")
def model(folder: ModelFolder) -> LoadedModel:
    return load_model(folder)


@pytest.fixture(scope="session")
def crop_of() -> Callable[[int], bytes]:
    """A crop for the development model: two flat halves in colours that follow from the seed."""

    def make(seed: int) -> bytes:
        rng = random.Random(seed)
        left, right = (bytes(rng.randrange(256) for _ in range(3)) for _ in range(2))
        return (left * 32 + right * 32) * 64

    return make
