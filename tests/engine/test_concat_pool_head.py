"""The head that fastai puts on a body by default, against the same head built of PyTorch's own layers."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from safetensors.torch import load
from torch import Tensor, nn

from services.inference.model.engine import LoadedModel, load_model
from services.inference.model.explain import ConcatPoolHead
from services.inference.model.folder import ModelFolder
from services.inference.model.networks import build_body
from services.inference.model.weights import fill, read_tensors
from shared.errors import ModelInvalid
from tests.unit.model.changed_folder import changed

FEATURES, HIDDEN, CLASSES = 48, 20, 7
NAMES = {"2": "head.bn1", "4": "head.fc1", "6": "head.bn2", "8": "head.fc2"}


class ConcatPool(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.largest, self.mean = nn.AdaptiveMaxPool2d(1), nn.AdaptiveAvgPool2d(1)

    def forward(self, features: Tensor) -> Tensor:
        return torch.cat([self.largest(features), self.mean(features)], dim=1)


def build_layers() -> nn.Sequential:
    """The head as it is trained, in eval mode."""
    return nn.Sequential(
        *(ConcatPool(), nn.Flatten(), nn.BatchNorm1d(2 * FEATURES), nn.Dropout(0.25)),
        *(nn.Linear(2 * FEATURES, HIDDEN, bias=False), nn.ReLU(inplace=True)),
        *(nn.BatchNorm1d(HIDDEN), nn.Dropout(0.5), nn.Linear(HIDDEN, CLASSES, bias=False)),
    ).eval()


@pytest.fixture(scope="module")
def layers() -> nn.Sequential:
    """The head with every value random."""
    layers = build_layers()
    generator = torch.Generator().manual_seed(3)
    for name, values in layers.state_dict().items():
        if name.endswith("running_var"):
            values.copy_(torch.rand(values.shape, generator=generator) + 0.1)
        elif values.dim():
            values.copy_(torch.randn(values.shape, generator=generator))
    return layers


@pytest.fixture(scope="module")
def tensors(layers: nn.Sequential) -> dict[str, Tensor]:
    """The head's values by their names in a weights file."""
    named = {}
    for name, values in layers.state_dict().items():
        index, _, what = name.partition(".")
        if what != "num_batches_tracked":
            named[f"{NAMES[index]}.{what}"] = values.clone()
    return named


@pytest.fixture(scope="module")
def head(tensors: dict[str, Tensor]) -> ConcatPoolHead:
    return ConcatPoolHead.from_tensors(tensors, classes=CLASSES, features=FEATURES)


@pytest.fixture(scope="module")
def with_head(folder: ModelFolder, tensors: dict[str, Tensor]) -> ModelFolder:
    """The development model with this head in place of its own."""
    body = {name: values for name, values in load(folder.weights).items() if not name.startswith("fc.")}
    return changed(folder, body | tensors, head="concat-pool-mlp")


def features(photos: int, seed: int = 5) -> Tensor:
    """Feature maps as a body ends in them: none negative, a third of them zero."""
    return torch.relu(torch.randn(photos, FEATURES, 5, 4, generator=torch.Generator().manual_seed(seed)) + 0.4)


def grad_cam(network: nn.Sequential, images: Tensor, label: int) -> tuple[Tensor, Tensor]:
    """Grad-CAM as the paper writes it, by autograd through body and head, without the cut at zero."""
    features = network[0](images)
    features.retain_grad()
    logits = network[1](features)
    logits[:, label].sum().backward()
    weights = features.grad.mean(dim=(2, 3), keepdim=True)
    return logits.detach(), (weights * features).sum(dim=1).detach()


def whole_network(folder: ModelFolder, layers: nn.Sequential, dtype: torch.dtype) -> nn.Sequential:
    stored = read_tensors(folder.weights, folder.manifest.weights.sha256)
    body = fill(build_body("tiny-conv").body, {name: stored[name] for name in stored if not name.startswith("fc.")})
    top = build_layers()
    top.load_state_dict(layers.state_dict())
    return nn.Sequential(body, top).to(dtype).requires_grad_(requires_grad=True)


@pytest.mark.parametrize("label", range(CLASSES))
@pytest.mark.parametrize(("dtype", "relative"), [(torch.float64, 1e-10), (torch.float32, 1e-3)])
def test_it_is_grad_cam_through_the_whole_network(
    folder: ModelFolder,
    layers: nn.Sequential,
    tensors: dict[str, Tensor],
    label: int,
    dtype: torch.dtype,
    relative: float,
) -> None:
    network = whole_network(folder, layers, dtype)
    head = ConcatPoolHead.from_tensors(
        {name: values.to(dtype) for name, values in tensors.items()}, classes=CLASSES, features=FEATURES
    )
    images = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(5), dtype=dtype)
    expected_logits, expected_map = grad_cam(network, images, label)
    logits, maps = head.explain(network[0](images).detach())
    area = maps.shape[2] * maps.shape[3]
    for got, expected in ((logits, expected_logits), (maps[:, label] / area, expected_map)):
        torch.testing.assert_close(got, expected, rtol=0, atol=relative * float(expected.abs().max()))


def hires_cam(network: nn.Sequential, images: Tensor, label: int) -> Tensor:
    """HiResCAM as its paper writes it: gradient times feature map at each position, summed over the channels."""
    features = network[0](images)
    features.retain_grad()
    network[1](features)[:, label].sum().backward()
    maps: Tensor = (features.grad * features).sum(dim=1).detach()
    return maps


@pytest.mark.parametrize("label", range(CLASSES))
def test_hires_cam_is_that_through_the_whole_network(
    folder: ModelFolder, layers: nn.Sequential, tensors: dict[str, Tensor], label: int
) -> None:
    network = whole_network(folder, layers, torch.float64)
    doubled = {name: values.double() for name, values in tensors.items()}
    head = ConcatPoolHead.from_tensors(doubled, classes=CLASSES, features=FEATURES)
    images = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    expected = hires_cam(network, images, label)
    features = network[0](images).detach()
    got = head.hires(features)
    area = got.shape[2] * got.shape[3]
    torch.testing.assert_close(got[:, label] / area, expected, rtol=0, atol=1e-10 * float(expected.abs().max()))
    assert not torch.allclose(got[:, label], head.explain(features)[1][:, label]), "Grad-CAM differs for this head"


def test_hires_cam_shares_a_maximum_among_its_places(head: ConcatPoolHead) -> None:
    level = features(2).amax(dim=(2, 3), keepdim=True).expand(-1, -1, 5, 4).clone()
    torch.testing.assert_close(head.hires(level), head.explain(level)[1], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("one", "other"), [(0, 6), (4, 5)])
def test_the_map_of_a_contrast_is_the_difference_of_the_maps(
    folder: ModelFolder, layers: nn.Sequential, tensors: dict[str, Tensor], one: int, other: int
) -> None:
    network = whole_network(folder, layers, torch.float64)
    images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    made = network[0](images)
    made.retain_grad()
    logits = network[1](made)
    (logits[:, one] - logits[:, other]).sum().backward()
    expected = (made.grad.sum(dim=(2, 3), keepdim=True) * made).sum(dim=1).detach()
    doubled = {name: values.double() for name, values in tensors.items()}
    _, maps = ConcatPoolHead.from_tensors(doubled, classes=CLASSES, features=FEATURES).explain(made.detach())
    torch.testing.assert_close(maps[:, one] - maps[:, other], expected, rtol=0, atol=1e-9)


def test_the_logits_are_those_of_the_layers(layers: nn.Sequential, head: ConcatPoolHead) -> None:
    logits, _ = head.explain(features(6))
    with torch.inference_mode():
        torch.testing.assert_close(logits, layers(features(6)), rtol=1e-5, atol=1e-5)


def test_a_maximum_that_lies_in_many_places_counts_once(layers: nn.Sequential, head: ConcatPoolHead) -> None:
    level = features(2).amax(dim=(2, 3), keepdim=True).expand(-1, -1, 5, 4).clone().requires_grad_()
    layers(level)[:, 0].sum().backward()
    assert level.grad is not None
    expected = (level.grad.sum(dim=(2, 3), keepdim=True) * level).sum(dim=1)
    _, maps = head.explain(level.detach())
    torch.testing.assert_close(maps[:, 0], expected.detach(), rtol=1e-4, atol=1e-4)


def test_it_answers_in_inference_mode_and_leaves_no_gradient(head: ConcatPoolHead) -> None:
    expected = head.explain(features(2))
    with torch.inference_mode():
        got = head.explain(features(2).clone())
    for one, other in zip(got, expected, strict=True):
        assert torch.equal(one, other)
        assert not one.requires_grad
    assert not any(getattr(head, name).requires_grad for name in head.__slots__)


def test_a_photo_alone_is_explained_as_among_others(head: ConcatPoolHead) -> None:
    logits, maps = head.explain(features(5))
    for index in range(5):
        alone_logits, alone_maps = head.explain(features(5)[index : index + 1])
        torch.testing.assert_close(alone_logits[0], logits[index], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(alone_maps[0], maps[index], rtol=1e-4, atol=1e-3)


def test_many_callers_at_once_get_their_own_answers(with_head: ModelFolder) -> None:
    model = load_model(with_head)
    crops = [random.Random(seed).randbytes(64 * 64 * 3) for seed in range(24)]
    expected = [numbers(model, crop) for crop in crops]
    assert len({logits for logits, _ in expected}) == len(crops)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda crop: numbers(model, crop), crops)) == expected


def numbers(model: LoadedModel, crop: bytes) -> tuple[tuple[float, ...], object]:
    [prediction] = model.predict([crop])
    return prediction.logits, prediction.maps


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("head.bn1.weight", None, r"head.bn1.weight is not \[96\]"),
        ("head.bn1.running_var", torch.ones(48), r"head.bn1.running_var is not \[96\]"),
        ("head.bn1.running_var", -torch.ones(96), "head.bn1.running_var is negative"),
        ("head.fc1.weight", None, r"head.fc1.weight is not \[any, 96\]"),
        ("head.fc1.weight", torch.tensor(1.0), r"head.fc1.weight is not \[any, 96\]"),
        ("head.fc1.weight", torch.ones(20, 48), r"head.fc1.weight is not \[any, 96\]"),
        ("head.fc1.weight", torch.ones(21, 96), r"head.bn2.weight is not \[21\]"),
        ("head.bn2.bias", torch.ones(1), r"head.bn2.bias is not \[20\]"),
        ("head.fc2.weight", torch.ones(8, 20), r"head.fc2.weight is not \[7, 20\]"),
        ("head.fc2.bias", torch.ones(7), "head.fc2.bias does not belong"),
        ("fc.weight", torch.ones(7, 48), "fc.weight does not belong"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    with_head: ModelFolder, name: str, values: Tensor | None, told: str
) -> None:
    tensors = load(with_head.weights)
    tensors.pop(name, None)
    if values is not None:
        tensors[name] = values
    with pytest.raises(ModelInvalid, match=told):
        load_model(changed(with_head, tensors))


def test_a_manifest_that_names_the_other_head_is_refused(with_head: ModelFolder, folder: ModelFolder) -> None:
    with pytest.raises(ModelInvalid, match=r"fc\.weight"):
        load_model(changed(with_head, load(with_head.weights), head="pool-linear"))
    with pytest.raises(ModelInvalid, match=r"head\.bn1\.weight"):
        load_model(changed(folder, load(folder.weights), head="concat-pool-mlp"))
