"""Our maps against those of other libraries, and single precision against double, for both heads and both bodies.

The libraries hand out maps that are stretched to 0..1, so ours are stretched likewise; Captum's are not.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import pytest
import torch
from torch import Tensor, nn

from bench.peers import (
    Explain,
    captum_grad_cam,
    pooled_network,
    pytorch_grad_cam,
    torchcam_cam,
    torchcam_grad_cam,
    tutorial_grad_cam,
)
from services.inference.model.explain import ConcatPoolHead, Head, PoolLinearHead
from services.inference.model.folder import ModelFolder
from services.inference.model.networks import build_body
from services.inference.model.weights import fill, read_tensors

CLASSES, HIDDEN = 7, 16
EACH: Final = range(CLASSES)
SIZES: Final = {"tiny-conv": 64, "resnet50": 96}
WITHIN = 1e-4


class ConcatPool(nn.Module):
    def forward(self, features: Tensor) -> Tensor:
        return torch.cat([features.amax(dim=(2, 3)), features.mean(dim=(2, 3))], dim=1)


@dataclass(frozen=True)
class Subject:
    """A network as others see it, our head of it, and an image for each class."""

    network: nn.Sequential
    layer: str
    head: Head
    images: Tensor

    def ours(self) -> tuple[Tensor, Tensor]:
        """Logits [n, classes] and signed maps in the unit of the paper, [n, classes, h, w]."""
        with torch.inference_mode():
            features = self.images
            for name, part in self.network.named_children():
                features = part(features)
                if name == self.layer:
                    break
            logits, maps = self.head.explain(features)
        return logits, maps / (maps.shape[2] * maps.shape[3])


def pool_linear(body: nn.Sequential, tensors: dict[str, Tensor]) -> tuple[nn.Sequential, Head]:
    head = PoolLinearHead(tensors["fc.weight"], tensors["fc.bias"])
    classifier = nn.Linear(head.weight.shape[1], CLASSES, dtype=head.weight.dtype)
    classifier.load_state_dict({"weight": head.weight, "bias": head.bias})
    return pooled_network(body, classifier), head


def concat_pool(body: nn.Sequential, tensors: dict[str, Tensor]) -> tuple[nn.Sequential, Head]:
    """The default head of fastai with random values in place of the model's own."""
    width = 2 * tensors["fc.weight"].shape[1]
    generator = torch.Generator().manual_seed(3)
    norm1, hidden = nn.BatchNorm1d(width), nn.Linear(width, HIDDEN, bias=False)
    norm2, output = nn.BatchNorm1d(HIDDEN), nn.Linear(HIDDEN, CLASSES, bias=False)
    named = {"head.bn1": norm1, "head.fc1": hidden, "head.bn2": norm2, "head.fc2": output}
    values: dict[str, Tensor] = {}
    for name, part in named.items():
        for key, tensor in part.state_dict().items():
            if tensor.dim():
                spread = torch.rand(tensor.shape, generator=generator) + 0.5
                random = torch.randn(tensor.shape, generator=generator) / tensor.shape[-1] ** 0.5
                tensor.copy_(spread if key in {"running_var", "weight"} and tensor.dim() == 1 else random)
                values[f"{name}.{key}"] = tensor.to(tensors["fc.weight"].dtype)
        part.to(tensors["fc.weight"].dtype)
    head = ConcatPoolHead.from_tensors(values, classes=CLASSES, features=width // 2)
    layers = (ConcatPool(), norm1, nn.Dropout(), hidden, nn.ReLU(inplace=True), norm2, nn.Dropout(), output)
    names = {**dict(body.named_children()), "head": nn.Sequential(*layers)}
    network = nn.Sequential()
    for name, part in names.items():
        network.add_module(name, part)
    return network.eval().requires_grad_(requires_grad=True), head


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Backward passes of a few images take many times longer where several threads have to share a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


HEADS: Final = {"pool-linear": pool_linear, "concat-pool-mlp": concat_pool}


class Make(Protocol):
    def __call__(self, architecture: str, head: str, dtype: torch.dtype = torch.float32) -> Subject: ...


@pytest.fixture(scope="module")
def make(folder: ModelFolder, shipped: ModelFolder) -> Make:
    folders = {"tiny-conv": folder, "resnet50": shipped}
    stored = {name: read_tensors(each.weights, each.manifest.weights.sha256) for name, each in folders.items()}

    def subject(architecture: str, head: str, dtype: torch.dtype = torch.float32) -> Subject:
        built = build_body(architecture)
        tensors = {name: values.to(dtype, copy=True) for name, values in stored[architecture].items()}
        body = fill(built.body, {name: tensors[name] for name in built.body.state_dict() if name in tensors})
        assert isinstance(body, nn.Sequential)
        size = SIZES[architecture]
        images = torch.randn(CLASSES, 3, size, size, generator=torch.Generator().manual_seed(5)).to(dtype)
        network, ours = HEADS[head](body, tensors)
        return Subject(network, built.layer, ours, images)

    return subject


@pytest.fixture(params=SIZES)
def architecture(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=HEADS)
def head(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def stretched(maps: Tensor) -> Tensor:
    """[n, h, w] to 0..1, each by itself; a level map to 0."""
    from_zero = maps - maps.amin(dim=(1, 2), keepdim=True)
    return from_zero / (1e-7 + from_zero.amax(dim=(1, 2), keepdim=True))


def resized(maps: Tensor, size: int) -> Tensor:
    return nn.functional.interpolate(maps[:, None], (size, size), mode="bilinear", align_corners=False)[:, 0]


def assert_like(explain: Explain, subject: Subject, normalise: Callable[[Tensor], Tensor]) -> None:
    """Each class on an image of its own."""
    theirs = explain(subject.images, EACH)
    _, maps = subject.ours()
    torch.testing.assert_close(theirs.float(), normalise(maps[EACH, EACH]), rtol=0, atol=WITHIN)


def test_pytorch_grad_cam_draws_the_same_maps(make: Make, architecture: str, head: str) -> None:
    subject = make(architecture, head)
    size = SIZES[architecture]
    explain = pytorch_grad_cam(subject.network, subject.layer)
    assert_like(explain, subject, lambda maps: stretched(resized(stretched(torch.relu(maps)), size)))


def test_torch_cam_draws_the_same_maps(make: Make, architecture: str, head: str) -> None:
    subject = make(architecture, head)
    explain = torchcam_grad_cam(subject.network, subject.layer)
    assert_like(explain, subject, lambda maps: stretched(torch.relu(maps)))


def test_the_closed_form_of_torch_cam_is_ours_without_the_cut_at_zero(make: Make, architecture: str) -> None:
    subject = make(architecture, "pool-linear")
    assert_like(torchcam_cam(subject.network, subject.layer), subject, stretched)


def test_captum_measures_the_same_evidence(make: Make, architecture: str, head: str) -> None:
    subject = make(architecture, head)
    assert_like(captum_grad_cam(subject.network, subject.layer), subject, lambda maps: maps)


def test_the_class_of_tutorials_draws_the_same_map_or_fails(make: Make, architecture: str) -> None:
    """Where a class has a bias and no positive evidence, it divides by zero; ours is an empty map."""
    subject = make(architecture, "pool-linear")
    logits, maps = subject.ours()
    likeliest = torch.relu(maps[range(len(maps)), logits.argmax(dim=1)])
    drawn = likeliest.amax(dim=(1, 2)) > 0
    assert drawn.any()
    theirs = tutorial_grad_cam(subject.network, subject.layer)(subject.images, None)
    torch.testing.assert_close(theirs[drawn], stretched(likeliest)[drawn], rtol=0, atol=WITHIN)
    assert theirs[~drawn].isnan().all()
    assert not likeliest[~drawn].any()


def test_in_double_precision_it_is_autograd_through_the_whole_network(make: Make, architecture: str, head: str) -> None:
    subject = make(architecture, head, torch.float64)
    explain = captum_grad_cam(subject.network, subject.layer)
    logits, maps = subject.ours()
    torch.testing.assert_close(logits, subject.network(subject.images).detach(), rtol=0, atol=1e-10)
    torch.testing.assert_close(maps[EACH, EACH], explain(subject.images, EACH), rtol=0, atol=1e-10)


def test_single_precision_is_near_double(make: Make, architecture: str, head: str) -> None:
    logits, maps = make(architecture, head).ours()
    exact_logits, exact_maps = make(architecture, head, torch.float64).ours()
    assert exact_maps.dtype is torch.float64
    torch.testing.assert_close(logits.double(), exact_logits, rtol=0, atol=1e-4)
    torch.testing.assert_close(maps.double(), exact_maps, rtol=0, atol=1e-3)
