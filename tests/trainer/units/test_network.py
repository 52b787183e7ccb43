from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from services.inference.model.development import write_development_model
from services.inference.model.networks import build_body
from services.inference.model.weights import fill
from services.trainer.faults import BadModel
from services.trainer.network import HeadKind, build_network, load_body, shipped_tensors

HEADS: tuple[HeadKind, ...] = ("pool-linear", "concat-pool-mlp")
IMAGES = torch.randn((2, 3, 32, 32), generator=torch.Generator().manual_seed(0))


def body_of(model: nn.Sequential) -> dict[str, torch.Tensor]:
    return {name: value for name, value in shipped_tensors(model).items() if not name.startswith(("fc.", "head."))}


@pytest.mark.parametrize("architecture", ["tiny-conv", "resnet50"])
def test_the_engine_takes_the_bodys_tensors_by_their_names(architecture: str) -> None:
    model = build_network(architecture, "pool-linear").eval()
    body = fill(build_body(architecture).body, body_of(model))
    with torch.inference_mode():
        assert torch.equal(body(IMAGES), model[0](IMAGES))


def test_the_heads_tensors_have_the_shipped_names() -> None:
    small, large = (shipped_tensors(build_network("tiny-conv", head)) for head in HEADS)
    assert {name: list(value.shape) for name, value in small.items() if name.startswith(("fc", "head"))} == {
        "fc.weight": [7, 48],
        "fc.bias": [7],
    }
    bn1 = {f"head.bn1.{name}": [96] for name in ("weight", "bias", "running_mean", "running_var")}
    bn2 = {f"head.bn2.{name}": [512] for name in ("weight", "bias", "running_mean", "running_var")}
    linear = {"head.fc1.weight": [512, 96], "head.fc2.weight": [7, 512]}
    assert {n: list(v.shape) for n, v in large.items() if n.startswith(("fc", "head"))} == bn1 | bn2 | linear


@pytest.mark.parametrize("head", HEADS)
def test_a_head_answers_for_seven_classes(head: HeadKind) -> None:
    model = build_network("tiny-conv", head).eval()
    assert model(IMAGES).shape == (2, 7)


def test_a_residual_block_begins_as_its_shortcut() -> None:
    body = build_network("resnet50", "pool-linear")[0].state_dict()
    assert not body["layer3.2.bn3.weight"].any()
    assert body["layer3.2.bn2.weight"].all()


def test_an_unknown_architecture_is_named() -> None:
    with pytest.raises(BadModel, match="architecture is none of: resnet50, tiny-conv"):
        build_network("vgg", "pool-linear")


def test_a_model_folder_gives_body_and_head(tmp_path: Path) -> None:
    write_development_model(tmp_path, seed=3)
    model = build_network("tiny-conv", "pool-linear")
    load_body(model, str(tmp_path))
    again = build_network("tiny-conv", "pool-linear")
    load_body(again, str(tmp_path / "model.safetensors"))
    ours, theirs = shipped_tensors(model), shipped_tensors(again)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())
    assert "fc.weight" in ours


def test_another_head_starts_anew(tmp_path: Path) -> None:
    write_development_model(tmp_path, seed=3)
    model, small = build_network("tiny-conv", "concat-pool-mlp"), build_network("tiny-conv", "pool-linear")
    before = model[1].state_dict()["4.weight"].clone()
    load_body(model, str(tmp_path))
    load_body(small, str(tmp_path))
    assert torch.equal(model[1].state_dict()["4.weight"], before)
    assert all(torch.equal(value, body_of(small)[name]) for name, value in body_of(model).items())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"conv1.weight": None}, "conv1.weight is missing or of another shape"),
        ({"conv1.weight": torch.ones(8, 3, 5, 5)}, "conv1.weight is missing or of another shape"),
        ({"conv1.weight": torch.ones((8, 3, 3, 3), dtype=torch.int8)}, "name the model's folder, not its file"),
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path: Path, change: dict[str, torch.Tensor | None], told: str) -> None:
    model = build_network("tiny-conv", "pool-linear")
    tensors = {name: value for name, value in (shipped_tensors(model) | change).items() if value is not None}
    save_file(tensors, tmp_path / "w.safetensors")
    with pytest.raises(BadModel, match=told):
        load_body(model, str(tmp_path / "w.safetensors"))


def test_a_path_without_weights_is_named(tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(b"no weights")
    for path in (tmp_path, tmp_path / "nowhere", tmp_path / "w.safetensors"):
        with pytest.raises(BadModel, match=str(path)):
            load_body(build_network("tiny-conv", "pool-linear"), str(path))
