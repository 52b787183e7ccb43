"""Exact Grad-CAM from the head alone.

For average pooling and one linear layer, logit_c = b_c + mean_ij(sum_k w_ck A_kij). The inner sum is the class's signed
evidence map, in logits; Grad-CAM is its positive part (up to the constant 1/area). So one product of the head's weights
with the last feature map gives the maps of all classes, and the logits are their means: nothing runs backward.

fastai's default head is not linear, so there the gradient is another one for each photo: autograd runs over the head
alone, once for each class. Its maps are in the same unit: the sum over the positions of a logit's gradient, not
the mean that the paper writes, weighs each feature map. Their means do not add up to the logits.

HiResCAM (arXiv 2011.08891) weighs each position of a feature map by the gradient at that position. For the first head
that is Grad-CAM. Both are linear in the logit, so the map of class a less that of class b is the map of a minus b.
"""

from dataclasses import dataclass
from typing import ClassVar, Final, Protocol, Self

import torch
from torch import Tensor

from services.inference.model.weights import take
from shared.errors import ModelInvalid

_EPS = 1e-5  # of every batch normalisation that PyTorch and fastai make


class Head(Protocol):
    """What turns the body's feature maps into logits and evidence. `TENSORS`: its names in the weights file."""

    TENSORS: ClassVar[frozenset[str]]

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor], *, classes: int, features: int) -> Self:
        """Take the `TENSORS`. Raises ModelInvalid naming the first whose shape does not fit labels and body."""
        ...

    def to(self, device: torch.device, dtype: torch.dtype) -> Self:
        """The same head on another device and in another precision, which is that of its answers."""
        ...

    def explain(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """[n, k, h, w] to logits [n, classes] and signed maps [n, classes, h, w], in the dtype of the head."""
        ...

    def hires(self, features: Tensor) -> Tensor:
        """[n, k, h, w] to signed maps [n, classes, h, w] by HiResCAM, in the unit of `explain`."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class PoolLinearHead:
    """Global average pooling and a linear layer: weight [classes, k], bias [classes]."""

    TENSORS: ClassVar = frozenset({"fc.weight", "fc.bias"})

    weight: Tensor
    bias: Tensor

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor], *, classes: int, features: int) -> "PoolLinearHead":
        """See `Head`."""
        return cls(take(tensors, "fc.weight", classes, features), take(tensors, "fc.bias", classes))

    def to(self, device: torch.device, dtype: torch.dtype) -> "PoolLinearHead":
        """See `Head`."""
        return PoolLinearHead(self.weight.to(device, dtype), self.bias.to(device, dtype))

    def explain(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """See `Head`. The mean of a map plus the class's bias is the logit, by construction."""
        maps = torch.einsum("ck,nkhw->nchw", self.weight, features.to(self.weight.dtype))
        return maps.mean(dim=(2, 3)) + self.bias, maps

    def hires(self, features: Tensor) -> Tensor:
        """See `Head`. The gradient is the same at every position."""
        return self.explain(features)[1]


@dataclass(frozen=True, slots=True, eq=False)
class ConcatPoolHead:
    """fastai's default head as it answers, its dropout off: pools, normalisation, hidden layer, normalisation, logits.

    The pools give the largest and then the mean value of each channel, [2k]. Each normalisation is one factor and one
    offset, here worked out beforehand. hidden [width, 2k], output [classes, width], neither with a bias.
    """

    TENSORS: ClassVar = frozenset(
        {"head.fc1.weight", "head.fc2.weight"}
        | {f"head.bn{i}.{what}" for i in (1, 2) for what in ("weight", "bias", "running_mean", "running_var")}
    )

    factor1: Tensor
    offset1: Tensor
    hidden: Tensor
    factor2: Tensor
    offset2: Tensor
    output: Tensor

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor], *, classes: int, features: int) -> "ConcatPoolHead":
        """See `Head`. The width of the hidden layer is that of `head.fc1.weight`."""
        factor1, offset1 = _normalisation(tensors, "head.bn1", 2 * features)
        hidden = tensors.get("head.fc1.weight")
        if hidden is None or hidden.dim() == 0 or hidden.shape[1:] != (2 * features,):
            raise ModelInvalid(f"weights: head.fc1.weight is not [any, {2 * features}]")
        factor2, offset2 = _normalisation(tensors, "head.bn2", len(hidden))
        output = take(tensors, "head.fc2.weight", classes, len(hidden))
        return cls(factor1, offset1, hidden, factor2, offset2, output)

    def to(self, device: torch.device, dtype: torch.dtype) -> "ConcatPoolHead":
        """See `Head`."""
        parts = (self.factor1, self.offset1, self.hidden, self.factor2, self.offset2, self.output)
        return ConcatPoolHead(*(part.to(device, dtype) for part in parts))

    def explain(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """See `Head`. Nothing is kept between calls, and no gradient is left in a tensor that calls share."""
        features = features.to(self.hidden.dtype)
        logits, of_largest, of_mean = self._slopes(features)
        # Summed over its positions, the gradient of a channel's mean is 1, and so is that of its maximum, wherever that
        # lies and however often. So the pools need no autograd: a logit's slopes on the two add up.
        return logits, torch.einsum("cnk,nkhw->nchw", of_largest + of_mean, features)

    def hires(self, features: Tensor) -> Tensor:
        """See `Head`. A maximum that lies in several places is shared among them, as by the derivative of `amax`."""
        features = features.to(self.hidden.dtype)
        _, of_largest, of_mean = self._slopes(features)
        at_largest = (features == features.amax(dim=(2, 3), keepdim=True)).to(features.dtype)
        shares = at_largest / at_largest.mean(dim=(2, 3), keepdim=True)
        of_maxima = torch.einsum("cnk,nkhw->nchw", of_largest, features * shares)
        return of_maxima + torch.einsum("cnk,nkhw->nchw", of_mean, features)

    def _slopes(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits [n, classes], and their slopes on each channel's largest and mean value, [classes, n, k] each."""
        pooled = torch.cat([features.amax(dim=(2, 3)), features.mean(dim=(2, 3))], dim=1)
        # Of a tensor that was made in inference mode no gradient can be taken; of a copy made outside it can.
        with torch.inference_mode(mode=False), torch.enable_grad():
            pooled = pooled.clone().requires_grad_()
            logits = self._logits(pooled)
            # No photo's logits depend on another photo, so the gradient of their sum holds each one's own.
            each = [torch.autograd.grad(total, pooled, retain_graph=True)[0] for total in logits.sum(dim=0)]
        of_largest, of_mean = torch.stack(each).chunk(2, dim=2)
        return logits.detach(), of_largest, of_mean

    def _logits(self, pooled: Tensor) -> Tensor:
        hidden = torch.relu((pooled * self.factor1 + self.offset1) @ self.hidden.T)
        return (hidden * self.factor2 + self.offset2) @ self.output.T


HEADS: Final[dict[str, type[Head]]] = {"pool-linear": PoolLinearHead, "concat-pool-mlp": ConcatPoolHead}


def _normalisation(tensors: dict[str, Tensor], name: str, width: int) -> tuple[Tensor, Tensor]:
    """A batch normalisation by its running statistics, as factor and offset."""
    weight, bias, mean, variance = (
        take(tensors, f"{name}.{what}", width) for what in ("weight", "bias", "running_mean", "running_var")
    )
    if not bool((variance >= 0).all()):
        raise ModelInvalid(f"weights: {name}.running_var is negative")
    factor = weight / (variance + _EPS).sqrt()
    return factor, bias - mean * factor
