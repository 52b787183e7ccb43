"""Grad-CAM as tutorials write it: hooks, the whole network backward, the likeliest class, one photo at a time.

Something to measure against, faults included: where no evidence is positive it divides by zero, and its hooks stay.
"""

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor, nn

Map = npt.NDArray[np.float32]
_OPACITY = 0.4


class TutorialGradCam:
    """Not for callers at once: what its hooks catch is kept on the object."""

    def __init__(self, model: nn.Module, target_layer: nn.Module) -> None:
        self.model = model
        self.activations: Tensor
        self.gradients: Tensor
        target_layer.register_forward_hook(self._save_activations)
        target_layer.register_full_backward_hook(self._save_gradients)

    def _save_activations(self, _module: nn.Module, _given: Any, output: Tensor) -> None:
        self.activations = output

    def _save_gradients(self, _module: nn.Module, _given: Any, gradients: Any) -> None:
        self.gradients = gradients[0]

    def __call__(self, image: Tensor) -> tuple[Tensor, Map]:
        """[1, 3, size, size] to logits [classes] and the likeliest class's map, [h, w] from 0 to 1."""
        logits = self.model(image)
        label = int(logits.argmax(dim=1))
        self.model.zero_grad()
        logits[0, label].backward()
        weights = self.gradients.mean(dim=(2, 3), keepdim=True)
        evidence = torch.relu((weights * self.activations).sum(dim=1)).squeeze(0)
        evidence = evidence - evidence.min()
        evidence = evidence / evidence.max()
        return logits[0].detach(), evidence.detach().cpu().numpy()


def overlay(photo: Image.Image, evidence: Map) -> bytes:
    """The photo with the map stretched over it in the colours of `jet`, as a JPEG."""
    from matplotlib import colormaps  # noqa: PLC0415 - only the server draws, and the import takes a second

    grey = Image.fromarray((evidence * 255).astype(np.uint8)).resize(photo.size, Image.Resampling.BILINEAR)
    colours = (colormaps["jet"](np.asarray(grey))[..., :3] * 255).astype(np.uint8)
    target = io.BytesIO()
    Image.blend(photo.convert("RGB"), Image.fromarray(colours), _OPACITY).save(target, "JPEG")
    return target.getvalue()
