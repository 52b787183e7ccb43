import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load

from services.inference.model.development import write_development_model
from services.inference.model.engine import LoadedModel, load_model
from services.inference.model.folder import ModelFolder, read_folder
from services.inference.model.networks import TINY_FEATURES
from services.inference.model.out_of_distribution import FeatureDistance
from services.inference.model.preprocess import cut, place
from shared.contracts.manifest import OutOfDistribution
from shared.errors import ModelInvalid, NonFiniteActivation
from shared.imaging.geometry import Size
from tests.unit.model.changed_folder import changed

LIMITS = OutOfDistribution(method="ppca", components=4, soft=3, hard=5, rule="by hand", fitted_on="nothing")

CropOf = Callable[[int], bytes]


def spoiled(folder: ModelFolder, name: str, factor: float) -> LoadedModel:
    tensors = load(folder.weights)
    tensors[name] = tensors[name] * factor
    return load_model(changed(folder, tensors))


def test_it_predicts(model: LoadedModel, crop_of: CropOf) -> None:
    [prediction] = model.predict([crop_of(1)])
    answer = prediction.classification
    assert math.fsum(answer.probabilities.values()) == pytest.approx(1, abs=1e-6)
    assert answer.probabilities[answer.label] == max(answer.probabilities.values())
    assert prediction.backend == "torch-cpu-fp32"
    assert model.backend_checked
    assert [(item.width, item.height) for item in prediction.maps] == [(4, 4)] * 7


def test_the_stored_maps_add_up_to_the_logits(model: LoadedModel, folder: ModelFolder, crop_of: CropOf) -> None:
    bias = load(folder.weights)["fc.bias"]
    for prediction in model.predict([crop_of(seed) for seed in range(5)]):
        for logit, item, offset in zip(prediction.logits, prediction.maps, bias.tolist(), strict=True):
            assert math.fsum(item.values) / len(item.values) + offset == pytest.approx(logit, abs=0.01)


def test_the_stored_maps_are_what_float16_holds(model: LoadedModel, crop_of: CropOf) -> None:
    [prediction] = model.predict([crop_of(2)])
    for item in prediction.maps:
        assert np.array(item.values, dtype=np.float16).astype(float).tolist() == list(item.values)


def test_neighbours_and_place_in_the_batch_do_not_matter(model: LoadedModel, crop_of: CropOf) -> None:
    crops = [crop_of(seed) for seed in range(8)]
    together = model.predict(crops)
    for index, crop in enumerate(crops):
        [alone] = model.predict([crop])
        assert alone.logits == pytest.approx(together[index].logits, abs=1e-4)
    for one, other in zip(model.predict(crops[::-1])[::-1], together, strict=True):
        assert one.logits == pytest.approx(other.logits, abs=1e-4)


def test_photos_of_all_sizes_go_together(model: LoadedModel) -> None:
    sizes = [(640, 480), (480, 640), (72, 72), (66, 900), (3000, 2000), (341, 256)]
    crops = []
    for seed, size in enumerate(sizes):
        noise = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)
        photo = Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)
        crops.append(cut(photo, place(Size(*size), model.framing)))
    together = model.predict(crops)
    for crop, among_others in zip(crops, together, strict=True):
        [alone] = model.predict([crop])
        assert alone.logits == pytest.approx(among_others.logits, abs=1e-4)
    assert len({item.logits for item in together}) == len(sizes)


def test_the_same_batch_gives_the_same_bits(model: LoadedModel, crop_of: CropOf) -> None:
    crops = [crop_of(seed) for seed in range(3)]
    first, second = model.predict(crops), model.predict(crops)
    assert [(item.logits, item.maps) for item in first] == [(item.logits, item.maps) for item in second]


def test_many_callers_at_once_get_their_own_answers(model: LoadedModel, crop_of: CropOf) -> None:
    crops = [crop_of(seed) for seed in range(16)]
    expected = [model.predict([crop])[0].logits for crop in crops]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda crop: model.predict([crop])[0].logits, crops))
    assert got == expected


def test_different_photos_get_different_answers(model: LoadedModel, crop_of: CropOf) -> None:
    labels = {item.classification.label for item in model.predict([crop_of(seed) for seed in range(30)])}
    assert len(labels) > 2


def test_hires_cam_of_a_batch_is_grad_cam_for_this_head(model: LoadedModel, crop_of: CropOf) -> None:
    crops = [crop_of(seed) for seed in range(3)]
    stored = [[item.values for item in each.maps] for each in model.predict(crops)]
    assert model.hires(crops).reshape(3, 7, -1) == pytest.approx(np.array(stored), abs=0.01)


def test_no_crops_no_answers(model: LoadedModel) -> None:
    assert model.predict([]) == []


def test_a_crop_of_another_size_is_refused(model: LoadedModel, crop_of: CropOf) -> None:
    with pytest.raises(ValueError, match="64 x 64 x 3"):
        model.predict([crop_of(1), crop_of(1)[:-3]])


@pytest.mark.parametrize(("name", "factor"), [("conv1.weight", 1e38), ("fc.weight", 1e38), ("fc.weight", 1e5)])
def test_activations_that_overflow_are_an_error_and_never_a_map(
    folder: ModelFolder, crop_of: CropOf, name: str, factor: float
) -> None:
    broken = spoiled(folder, name, factor)
    with pytest.raises(NonFiniteActivation):
        broken.predict([crop_of(seed) for seed in range(4)])


def test_a_class_without_positive_evidence_has_an_empty_map(folder: ModelFolder, crop_of: CropOf) -> None:
    silent = spoiled(folder, "fc.weight", 0.0)
    [prediction] = silent.predict([crop_of(1)])
    assert all(item.empty and item.peak == 0.0 for item in prediction.maps)
    assert all(math.isfinite(value) for item in prediction.maps for value in item.values)


def test_geometry_covers_the_crop(model: LoadedModel) -> None:
    geometry = model.geometry(place(Size(640, 480), model.framing))
    assert (geometry.map, geometry.stride, geometry.labels) == (Size(4, 4), 16, tuple(model.manifest.labels))


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    """The development model of the other tests, measuring how unlike its training a photo is."""
    folder = tmp_path_factory.mktemp("models") / "limited"
    write_development_model(folder, seed=1, limits=LIMITS)
    return read_folder(folder)


def test_the_distance_is_that_of_the_features_and_changes_nothing_else(
    model: LoadedModel, limited: ModelFolder, crop_of: CropOf
) -> None:
    crops = [crop_of(seed) for seed in range(4)]
    measuring = load_model(limited)
    tensors = {name: values for name, values in load(limited.weights).items() if name.startswith("ood.")}
    features = measuring._backend.features(measuring._pixels(crops))
    expected = FeatureDistance.from_tensors(tensors, features=TINY_FEATURES).score(features).tolist()
    got = measuring.predict(crops)
    assert [item.distance for item in got] == [pytest.approx(distance, abs=1e-4) for distance in expected]
    assert [item.distance for item in got] == [round(item.distance or 0, 4) for item in got]
    plain = model.predict(crops)
    assert [(item.logits, item.maps, None) for item in got] == [
        (item.logits, item.maps, item.distance) for item in plain
    ]


@pytest.mark.parametrize("name", ["ood.mean", "ood.basis", "ood.deviation", "ood.residual"])
def test_limits_without_their_statistics_are_refused(limited: ModelFolder, name: str) -> None:
    tensors = load(limited.weights)
    del tensors[name]
    with pytest.raises(ModelInvalid, match=name):
        load_model(changed(limited, tensors))


def test_statistics_without_limits_are_refused(folder: ModelFolder, limited: ModelFolder) -> None:
    with pytest.raises(ModelInvalid, match=r"ood\.basis is given, and the manifest has no out_of_distribution"):
        load_model(changed(folder, load(limited.weights)))


def test_statistics_of_another_number_of_directions_are_refused(limited: ModelFolder) -> None:
    other = LIMITS.model_copy(update={"components": 5})
    with pytest.raises(ModelInvalid, match=r"ood\.basis has 4 directions, not 5"):
        load_model(changed(limited, load(limited.weights), out_of_distribution=other))


def test_statistics_that_nobody_knows_are_refused(limited: ModelFolder) -> None:
    with pytest.raises(ModelInvalid, match=r"ood\.covariance does not belong"):
        load_model(changed(limited, load(limited.weights) | {"ood.covariance": torch.eye(3)}))


def test_a_seed_is_a_model(tmp_path: Path) -> None:
    one, same, other = (write_development_model(tmp_path / name, seed) for name, seed in (("a", 3), ("b", 3), ("c", 4)))
    assert one.digest == same.digest != other.digest
    assert one.status == "development"
    assert read_folder(tmp_path / "a").manifest == one
