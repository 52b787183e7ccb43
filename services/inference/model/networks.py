"""The networks that a manifest may name: each a body that ends in feature maps, and the width of its head.

A body is built without values; `weights` fills it. Head and pooling are not part of it: see `explain`.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from services.inference.model.torchvision_import import torchvision_models
from shared.errors import ModelInvalid

_HEAD = frozenset({"avgpool", "fc"})


class ResidualBlock(nn.Module):
    """Two convolutions beside a strided shortcut, as in a ResNet."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride=2, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """[n, inputs, h, w] to [n, outputs, h/2, w/2], not negative."""
        branch = torch.relu(self.bn1(self.conv1(features)))
        return torch.relu(self.bn2(self.conv2(branch)) + self.shortcut(features))


def _tiny_conv() -> nn.Module:
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False),
            bn1=nn.BatchNorm2d(8),
            relu=nn.ReLU(),
            layer1=ResidualBlock(8, 16),
            layer2=ResidualBlock(16, 32),
            layer3=ResidualBlock(32, TINY_FEATURES),
        )
    )


def _resnet50() -> nn.Module:
    network = torchvision_models().resnet50(weights=None)
    return nn.Sequential(OrderedDict((name, part) for name, part in network.named_children() if name not in _HEAD))


TINY_FEATURES = 48
_BODIES: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "resnet50": (_resnet50, 2048),
    "tiny-conv": (_tiny_conv, TINY_FEATURES),
}


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A body, the number of its feature channels, and the name of the layer whose output is explained."""

    body: nn.Module
    features: int
    layer: str


def build_body(architecture: str, *, device: str = "meta") -> Network:
    """A body in eval mode: without values on the meta device, with random ones, to be trained, on another.

    Names of parameters are those of torchvision. Raises ModelInvalid for an unknown architecture.
    """
    try:
        build, features = _BODIES[architecture]
    except KeyError:
        raise ModelInvalid(f"architecture is none of: {', '.join(sorted(_BODIES))}") from None
    with torch.device(device):
        body = build().eval()
    return Network(body, features, layer=[name for name, _ in body.named_children()][-1])
