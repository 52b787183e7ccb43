"""Exact Grad-CAM from the head alone.

For average pooling and one linear layer, logit_c = b_c + mean_ij(sum_k w_ck A_kij). The inner sum is the class's signed
evidence map, in logits; Grad-CAM is its positive part (up to the constant 1/area). So one product of the head's weights
with the last feature map gives the maps of all classes, and the logits are their means: nothing runs backward.

A head that needs autograd over itself, with respect to the feature map, comes beside `PoolLinearHead`.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from shared.errors import ModelInvalid

HEAD_TENSORS = frozenset({"fc.weight", "fc.bias"})


class Head(Protocol):
    """What turns the body's feature maps into logits and evidence."""

    def explain(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """[n, k, h, w] to logits [n, classes] and signed maps [n, classes, h, w], in the dtype of the head."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class PoolLinearHead:
    """Global average pooling and a linear layer: weight [classes, k], bias [classes]."""

    weight: Tensor
    bias: Tensor

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor], *, classes: int, features: int) -> "PoolLinearHead":
        """Take `fc.weight` and `fc.bias`. Raises ModelInvalid if their shapes do not fit labels and body."""
        weight, bias = tensors.get("fc.weight"), tensors.get("fc.bias")
        if weight is None or weight.shape != (classes, features):
            raise ModelInvalid(f"weights: fc.weight is not [{classes}, {features}]")
        if bias is None or bias.shape != (classes,):
            raise ModelInvalid(f"weights: fc.bias is not [{classes}]")
        return cls(weight, bias)

    def to(self, device: torch.device) -> "PoolLinearHead":
        """The same head on another device."""
        return PoolLinearHead(self.weight.to(device), self.bias.to(device))

    def explain(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """See `Head`. The mean of a map plus the class's bias is the logit, by construction."""
        maps = torch.einsum("ck,nkhw->nchw", self.weight, features.to(self.weight.dtype))
        return maps.mean(dim=(2, 3)) + self.bias, maps
