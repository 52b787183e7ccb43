"""What runs the body of a network, and how it takes its input. Heads always run in torch: see `explain`."""

from typing import Protocol

import torch
from torch import Tensor, nn

from shared.contracts.manifest import Preprocessing


class Backend(Protocol):
    """A body on a device. Safe to call from several threads: nothing is kept between calls.

    `name`: library, device and precision, as a manifest lists them and as provenance records them.
    """

    @property
    def name(self) -> str: ...

    def features(self, pixels: Tensor) -> Tensor:
        """Uint8 [n, size, size, 3] on any device to the last feature map, float32 [n, k, h, w]."""
        ...


class Normalisation(nn.Module):
    """Pixels to what a body is fed: (x / 255 - mean) / std, as one multiplication and one addition."""

    def __init__(self, preprocessing: Preprocessing) -> None:
        super().__init__()
        mean, std = (
            torch.tensor(item, dtype=torch.float64).reshape(1, 3, 1, 1)
            for item in (preprocessing.mean, preprocessing.std)
        )
        self.scale = nn.Buffer((1 / (255 * std)).float())
        self.offset = nn.Buffer((-mean / std).float())

    def forward(self, pixels: Tensor) -> Tensor:
        """Uint8 [n, size, size, 3] to float32 [n, 3, size, size], channels-last in memory as the pixels are."""
        return torch.addcmul(self.offset, pixels.permute(0, 3, 1, 2).float(), self.scale)
