import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save

from services.inference.model.engine import load_model
from services.inference.model.folder import ModelFolder, read_folder
from services.inference.model.weights import read_tensors
from shared.errors import ModelInvalid


def with_tensors(folder: ModelFolder, tensors: dict[str, torch.Tensor]) -> ModelFolder:
    content = save(tensors)
    sha256 = hashlib.sha256(content).hexdigest()
    weights = folder.manifest.weights.model_copy(update={"sha256": sha256})
    return ModelFolder(folder.manifest.model_copy(update={"weights": weights}), content)


def read(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    content = save(tensors)
    return read_tensors(content, hashlib.sha256(content).hexdigest())


def test_int8_tensors_are_multiplied_by_their_channels_scale() -> None:
    stored = torch.tensor([[[[1]], [[-2]]], [[[3]], [[127]]]], dtype=torch.int8)
    tensors = read({"conv.weight": stored, "conv.weight.scale": torch.tensor([0.5, 2.0]), "bias": torch.ones(2)})
    assert set(tensors) == {"conv.weight", "bias"}
    assert tensors["conv.weight"].flatten().tolist() == [0.5, -1.0, 6.0, 254.0]


@pytest.mark.parametrize(
    ("tensors", "told"),
    [
        ({"a": torch.ones(2, dtype=torch.int8)}, "no scale"),
        ({"a": torch.ones(2, 2, dtype=torch.int8), "a.scale": torch.ones(3)}, "no scale"),
        ({"a": torch.ones(2, 2, dtype=torch.int8), "a.scale": torch.tensor([1.0, torch.inf])}, "NaN or Inf"),
        ({"a": torch.ones(2, dtype=torch.bfloat16)}, "none of float32, float16, int8"),
        ({"a": torch.tensor([1.0, torch.nan])}, "NaN or Inf"),
    ],
)
def test_tensors_that_cannot_be_right_are_refused(tensors: dict[str, torch.Tensor], told: str) -> None:
    with pytest.raises(ModelInvalid, match=told):
        read(tensors)


def test_a_file_that_is_not_the_manifests_is_refused(folder: ModelFolder) -> None:
    with pytest.raises(ModelInvalid, match="sha256"):
        load_model(replace(folder, weights=folder.weights[:-1] + b"!"))


def test_a_pickle_is_refused_unread() -> None:
    content = b"cos\nsystem\n(S'exit 1'\ntR."
    with pytest.raises(ModelInvalid, match="not a safetensors file"):
        read_tensors(content, hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    ("name", "tensor", "told"),
    [
        ("conv1.weight", None, "conv1.weight is missing"),
        ("conv1.weight", torch.ones(8, 3, 5, 5), r"conv1.weight is \[8, 3, 5, 5\], not \[8, 3, 3, 3\]"),
        ("fc.weight", torch.ones(8, 48), "fc.weight"),
        ("fc.bias", None, "fc.bias"),
        ("fc.extra", torch.ones(1), "fc.extra"),
        ("layer9.weight", torch.ones(1), "layer9.weight does not belong"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    folder: ModelFolder, name: str, tensor: torch.Tensor | None, told: str
) -> None:
    tensors = load(folder.weights)
    tensors.pop(name, None)
    if tensor is not None:
        tensors[name] = tensor
    with pytest.raises(ModelInvalid, match=told):
        load_model(with_tensors(folder, tensors))


def test_an_unknown_architecture_is_refused(folder: ModelFolder) -> None:
    manifest = folder.manifest.model_copy(update={"architecture": "resnet18"})
    with pytest.raises(ModelInvalid, match="architecture"):
        load_model(replace(folder, manifest=manifest))


def test_a_folder_that_lacks_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelInvalid, match=r"manifest\.json"):
        read_folder(tmp_path)
