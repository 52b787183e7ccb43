import pytest
import torch
from safetensors.torch import load
from torch import Tensor, nn

from services.inference.model.explain import PoolLinearHead
from services.inference.model.folder import ModelFolder
from services.inference.model.networks import build_body
from services.inference.model.weights import fill, read_tensors


@pytest.fixture(scope="module")
def network(folder: ModelFolder) -> tuple[nn.Module, PoolLinearHead]:
    """The development model in double precision, with gradients."""
    tensors = read_tensors(folder.weights, folder.manifest.weights.sha256)
    built = build_body(folder.manifest.architecture)
    body = fill(built.body, {name: tensor for name, tensor in tensors.items() if not name.startswith("fc.")})
    body.double().requires_grad_(requires_grad=True)
    return body, PoolLinearHead(tensors["fc.weight"].double(), tensors["fc.bias"].double())


def grad_cam(body: nn.Module, head: PoolLinearHead, images: Tensor, label: int) -> tuple[Tensor, Tensor]:
    """Grad-CAM as the paper writes it: the logit's gradient by autograd, averaged to weights of the feature maps."""
    features = body(images)
    features.retain_grad()
    logits = features.mean(dim=(2, 3)) @ head.weight.T + head.bias
    logits[:, label].sum().backward()
    weights = features.grad.mean(dim=(2, 3), keepdim=True)
    return logits.detach(), torch.relu((weights * features).sum(dim=1)).detach()


@pytest.mark.parametrize("label", range(7))
def test_it_is_grad_cam_through_the_whole_network(network: tuple[nn.Module, PoolLinearHead], label: int) -> None:
    body, head = network
    images = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    expected_logits, expected_map = grad_cam(body, head, images, label)
    logits, maps = head.explain(body(images).detach())
    area = maps.shape[2] * maps.shape[3]
    torch.testing.assert_close(logits, expected_logits, rtol=0, atol=1e-10)
    torch.testing.assert_close(torch.relu(maps[:, label]) / area, expected_map, rtol=0, atol=1e-10)


def test_the_mean_of_the_signed_map_and_the_bias_is_the_logit(network: tuple[nn.Module, PoolLinearHead]) -> None:
    _, head = network
    features = torch.rand(2, 48, 5, 3, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    logits, maps = head.explain(features)
    pooled = features.mean(dim=(2, 3)) @ head.weight.T + head.bias
    torch.testing.assert_close(maps.mean(dim=(2, 3)) + head.bias, pooled, rtol=0, atol=1e-12)
    torch.testing.assert_close(logits, pooled, rtol=0, atol=1e-12)


def test_hires_cam_is_grad_cam_here(network: tuple[nn.Module, PoolLinearHead]) -> None:
    body, head = network
    made = body(torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(7), dtype=torch.float64))
    made.retain_grad()
    (made.mean(dim=(2, 3)) @ head.weight.T + head.bias)[:, 3].sum().backward()
    expected = (made.grad * made).sum(dim=1).detach() * made.shape[2] * made.shape[3]
    torch.testing.assert_close(head.hires(made.detach())[:, 3], expected, rtol=0, atol=1e-10)


def test_the_head_fits_seven_labels(folder: ModelFolder) -> None:
    assert load(folder.weights)["fc.weight"].shape[0] == len(folder.manifest.labels)
