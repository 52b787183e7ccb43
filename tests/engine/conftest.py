"""What the engine's slower tests share: a network that takes no time, and the one that is shipped."""

from pathlib import Path

import pytest

from services.inference.model.development import write_development_model
from services.inference.model.folder import ModelFolder, read_folder

SHIPPED = Path(__file__).parents[2] / "models" / "lesionlens-dermoscopy"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    """The development model's."""
    folder = tmp_path_factory.mktemp("models") / "development"
    write_development_model(folder, seed=1)
    return read_folder(folder)


@pytest.fixture(scope="session")
def shipped() -> ModelFolder:
    return read_folder(SHIPPED)
