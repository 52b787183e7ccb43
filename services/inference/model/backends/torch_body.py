"""The body run by PyTorch as it stands. In float32 it is the reference that other backends are checked against.

Full float32 on a GPU too: TF32 would make it another arithmetic under the same name. In bfloat16 each batch
normalisation is folded into its convolution beforehand, in float32: rounding the two apart would lose more, and cost
more.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from services.inference.model.backends.backend import Normalisation
from services.inference.model.backends.folding import fold_normalisations
from shared.contracts.manifest import Preprocessing

Precision = Literal["fp32", "bf16"]


class TorchBody:
    """See `Backend`."""

    def __init__(
        self, body: nn.Module, preprocessing: Preprocessing, device: torch.device, precision: Precision = "fp32"
    ) -> None:
        self.name = f"torch-{device.type}-{precision}"
        self._device = device
        self._dtype = torch.float32 if precision == "fp32" else torch.bfloat16
        fitting = body if precision == "fp32" else fold_normalisations(body).to(torch.bfloat16)
        self._body = fitting.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._normalise = Normalisation(preprocessing).to(device)

    def features(self, pixels: Tensor) -> Tensor:
        """See `Backend`. The result is on the body's device."""
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            images = self._normalise(pixels.to(self._device)).to(self._dtype)
            result: Tensor = self._body(images).float()
            return result
