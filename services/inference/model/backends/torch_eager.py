"""The body run by PyTorch as it stands, in float32: the reference that other backends are checked against.

Full float32 on a GPU too: TF32 would make it another arithmetic under the same name.
"""

import torch
from torch import Tensor, nn

from shared.contracts.manifest import Preprocessing


class TorchEager:
    """A body on one device. Safe to call from several threads: nothing is kept between calls."""

    def __init__(self, body: nn.Module, preprocessing: Preprocessing, device: torch.device) -> None:
        self.device = device
        self.name = f"torch-{device.type}-fp32"
        self._body = body.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        shape = (1, 3, 1, 1)
        # (x / 255 - mean) / std as one multiplication and one addition
        self._scale = (
            (1 / (255 * torch.tensor(preprocessing.std, dtype=torch.float64))).float().reshape(shape).to(device)
        )
        mean, std = (torch.tensor(item, dtype=torch.float64) for item in (preprocessing.mean, preprocessing.std))
        self._offset = (-mean / std).float().reshape(shape).to(device)

    def features(self, pixels: Tensor) -> Tensor:
        """Uint8 [n, size, size, 3] on any device to the last feature map, float32 [n, k, h, w] on this one."""
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            images = pixels.to(self.device).permute(0, 3, 1, 2)  # already channels-last in memory
            result: Tensor = self._body(torch.addcmul(self._offset, images.float(), self._scale))
            return result
