"""The tiny model of the units, and the one that is shipped."""

from pathlib import Path

import pytest

from services.inference.model.folder import ModelFolder, read_folder
from tests.unit.model.conftest import crop_of, development_folder, folder, model

__all__ = ["crop_of", "development_folder", "folder", "model"]

SHIPPED = Path(__file__).parents[2] / "models" / "lesionlens-dermoscopy"


@pytest.fixture(scope="session")
def shipped() -> ModelFolder:
    return read_folder(SHIPPED)
