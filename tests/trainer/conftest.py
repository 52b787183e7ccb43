"""A small data set as HAM10000 comes: labels.csv and images/, seven classes that differ in colour."""

import csv
import random
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import torch
from PIL import Image

from services.inference.model.development import write_development_model
from services.inference.model.torchvision_import import torchvision_models
from services.trainer.photos import Photo, read_photos
from shared.contracts.enums import LesionClass

torchvision_models()  # fastai imports torchvision by itself
# Networks this small gain nothing from threads that wait for each other, and lose much beside other work.
torch.set_num_threads(1)

COLOURS: Final = (
    (200, 60, 60),
    (60, 200, 60),
    (60, 60, 200),
    (200, 200, 60),
    (200, 60, 200),
    (60, 200, 200),
    (40, 40, 40),
)
LESIONS: Final = 20
SIDES: Final = ((64, 48), (48, 64), (56, 56))


def write_data(folder: Path, *, lesions: int = LESIONS, seed: int = 0, enlarged: int = 1) -> Path:
    """Write `lesions` of each class, every fifth with two photos, in three shapes, `enlarged` times."""
    chance = random.Random(seed)
    (folder / "images").mkdir(parents=True)
    rows = []
    for label, colour in zip(LesionClass, COLOURS, strict=True):
        for lesion in range(lesions):
            for view in range(2 if lesion % 5 == 0 else 1):
                name = f"{label}_{lesion}_{view}"
                width, height = SIDES[lesion % 3]
                _picture(colour, (width * enlarged, height * enlarged), chance).save(folder / "images" / f"{name}.png")
                rows.append({"image_id": name, "dx": str(label), "lesion_id": f"L-{label}-{lesion}"})
    chance.shuffle(rows)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["image_id", "dx", "lesion_id"])
        writer.writeheader()
        writer.writerows(rows)
    return folder


def _picture(colour: tuple[int, int, int], sides: tuple[int, int], chance: random.Random) -> Image.Image:
    """Skin with a spot of the class's colour in its middle, and noise."""
    width, height = sides
    noise = np.random.default_rng(chance.randrange(1 << 30))
    pixels = np.full((height, width, 3), (215, 170, 150), dtype=np.float64)
    down, across = np.ogrid[:height, :width]
    spot = (down - height / 2) ** 2 + (across - width / 2) ** 2 < (chance.uniform(0.3, 0.45) * min(sides)) ** 2
    pixels[spot] = colour
    pixels += noise.normal(0, 12, pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


@pytest.fixture(scope="session")
def skin_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("skin") / "data")


@pytest.fixture(scope="module")
def photos(skin_data: Path) -> list[Photo]:
    return read_photos(skin_data)[:40]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "small"
    write_development_model(folder, seed=1)
    return folder
