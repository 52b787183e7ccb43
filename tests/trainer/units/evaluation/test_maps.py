"""Where evidence lies, what is taken away for it, what random weights leave of it: by hand on small maps."""

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.inference.model import faithfulness
from services.inference.model.development import write_development_model
from services.inference.model.engine import load_model
from services.inference.model.folder import read_folder
from services.inference.model.preprocess import Framing, place
from services.inference.model.weights import read_tensors
from services.trainer.evaluation import localisation, masks, randomisation
from services.trainer.evaluation.localisation import AREA, CENTRE, ENERGY, GAUSSIAN, POINTED
from shared.contracts.enums import LesionClass
from shared.imaging.geometry import Size

# The left half of a crop of 8 x 8, and a map of 2 x 2 cells of it.
LEFT = np.arange(8)[None, :].repeat(8, axis=0) < 4
MAP = np.array([[3.0, 1.0], [-5.0, 0.0]])


def test_energy_inside_by_hand() -> None:
    """Of the positive evidence 3 + 1 the left cells hold 3; what speaks against the class does not count."""
    row = localisation.located(MAP, LEFT)
    assert row[ENERGY] == 3 / 4
    assert (row[AREA], row[POINTED]) == (0.5, 1.0)
    assert row[GAUSSIAN] == pytest.approx(0.5)
    assert row[CENTRE] == 0.0


def test_a_cell_that_lies_half_on_the_lesion_counts_half() -> None:
    quarter = LEFT & (np.arange(8)[:, None] < 2)
    assert localisation.cell_shares(quarter, 2, 2).tolist() == [[0.5, 0], [0, 0]]
    assert localisation.located(MAP, quarter)[ENERGY] == pytest.approx(3 / 4 / 2)


def test_an_empty_map_is_no_number_and_points_nowhere() -> None:
    row = localisation.located(-np.ones((2, 2)), LEFT)
    assert math.isnan(row[ENERGY])
    assert math.isnan(row[POINTED])
    assert row[AREA] == 0.5


def test_cells_of_a_broken_number_of_pixels() -> None:
    """200 pixels, 7 cells: each cell's share is still the area's."""
    mask = np.zeros((200, 200), dtype=bool)
    mask[:60, :90] = True
    assert localisation.cell_shares(mask, 7, 7).mean() == pytest.approx(mask.mean(), abs=1e-3)


def test_a_centred_gaussian_is_even_and_highest_in_the_middle() -> None:
    bell = localisation.centre_gaussian(5, 7)
    assert np.allclose(bell, bell[::-1, ::-1])
    assert bell.argmax() == 2 * 7 + 3


def test_a_shifted_crop_takes_photo_and_mask_along() -> None:
    """The spot's colour marks its pixels, so the mask can be checked against the photo wherever it was cut."""
    spot = Image.new("L", (160, 100))
    spot.paste(255, (66, 40, 94, 62))
    photo = Image.merge("RGB", (spot, spot, Image.new("L", spot.size, 90)))
    framing = Framing(resize_short_side=50, input_size=40)
    generator = np.random.default_rng(1)
    centre, shifted = masks.centre_crop((photo, spot), framing), masks.shifted_crop((photo, spot), framing, generator)
    assert shifted is not None
    for crop in (centre, shifted):
        assert crop.pixels.shape == (40, 40, 3)
        assert np.array_equal(crop.mask, crop.pixels[..., 0] >= 128)
    assert centre.mask[20, 20]
    assert abs(np.argwhere(shifted.mask).mean(axis=0) - 20).max() > 10
    assert masks.shifted_crop((photo, Image.new("L", spot.size)), framing, generator) is None


def test_a_shifted_place_is_one_window_in_either_unit_and_inside_the_photo() -> None:
    central = place(Size(160, 100), Framing(resize_short_side=50, input_size=40))
    generator = np.random.default_rng(0)
    places = [masks._moved(central, generator) for _ in range(40)]
    assert len({(each.crop.left, each.crop.top) for each in places}) > 20
    for each in places:
        region, box = each.crop_in_image, each.crop
        assert (region.left, region.top) == (2 * box.left, 2 * box.top)
        assert (region.width, region.height) == (80, 80)
        assert region.left + region.width <= 160
        assert region.top + region.height <= 100


def test_pixels_go_in_the_order_of_the_evidence() -> None:
    places = faithfulness.ranks(MAP, 8)
    assert sorted((places * 64).round().ravel()) == list(range(64))
    assert places[0, 0] < 1 / 16
    assert places[7, 0] > 15 / 16
    assert faithfulness.area(np.array([1.0, 0.5, 0.0])) == 0.5


def test_deletion_blurs_the_first_pixels_and_insertion_the_others() -> None:
    crop, blurred = np.full((8, 8, 3), 7, dtype=np.uint8), np.full((8, 8, 3), 1, dtype=np.uint8)
    deleted, inserted = faithfulness._mixtures(crop, blurred, LEFT)
    assert (deleted[LEFT] == 1).all()
    assert (deleted[~LEFT] == 7).all()
    assert (inserted == 8 - deleted).all()


def test_deletion_and_insertion_of_a_real_model(tmp_path: Path) -> None:
    write_development_model(tmp_path, seed=1)
    model = load_model(read_folder(tmp_path))
    crop = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    [answer] = model.predict([crop.tobytes()])
    label = answer.classification.label
    found = faithfulness.faithfulness(model, crop, np.zeros((4, 4)), label, np.random.default_rng(0))
    assert all(0 <= value <= 1 for value in (found.deletion, found.insertion, found.random_deletion))
    assert found.whole == pytest.approx(answer.classification.probabilities[label], abs=1e-4)
    # What deletion leaves after each step is what insertion in the opposite order shows.
    evidence = np.random.default_rng(2).normal(size=(4, 4))
    along, against = (
        faithfulness.faithfulness(model, crop, way * evidence, label, np.random.default_rng(0)) for way in (1, -1)
    )
    assert along.deletion == pytest.approx(against.insertion, abs=0.01)
    # The same crop without contrast: nothing can be taken away.
    grey = np.full((64, 64, 3), 128, dtype=np.uint8)
    [answer] = model.predict([grey.tobytes()])
    flat = faithfulness.faithfulness(model, grey, MAP, LesionClass.NV, np.random.default_rng(0))
    probability = answer.classification.probabilities[LesionClass.NV]
    assert flat.deletion == pytest.approx(probability, abs=1e-4)
    assert flat.random_insertion == pytest.approx(probability, abs=1e-4)


def test_rank_correlation_by_hand() -> None:
    assert randomisation.rank_correlation(MAP, MAP**3) == pytest.approx(1)
    assert randomisation.rank_correlation(MAP, -MAP) == pytest.approx(-1)
    # Ranks 1 2 3 4 against 2 1 3 4: 1 - 6 * 2 / (4 * 15)
    assert randomisation.rank_correlation(np.arange(4.0), np.array([1.0, 0.0, 2.0, 3.0])) == pytest.approx(0.8)
    assert math.isnan(randomisation.rank_correlation(MAP, np.ones((2, 2))))


def test_parts_are_forgotten_from_the_head_down(tmp_path: Path) -> None:
    manifest = write_development_model(tmp_path, seed=1)
    folder = read_folder(tmp_path)
    tensors = read_tensors(folder.weights, manifest.weights.sha256)
    assert randomisation.parts(folder, tensors) == ["head", "layer3", "layer2", "layer1", "bn1", "conv1"]
    name = "layer1.conv1.weight"
    one, same, other = (randomisation.fresh(name, tensors[name], draw) for draw in (0, 0, 1))
    assert one.equal(same)
    assert not one.equal(other)
    assert not one.equal(tensors[name])
