"""How unlike those of the training a photo is, measured on the body's last feature map.

Probabilistic PCA (M. E. Tipping and C. M. Bishop, 1999) over the pooled features: a Gaussian with a deviation of its
own along each of a few directions, and one deviation for all the dimensions beside them. The score is the Mahalanobis
distance under it, divided by sqrt(k). Over the photos that it was fitted on, the mean square of the score is 1,
whatever the width of the network and the number of directions.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from services.inference.model.weights import take
from shared.errors import ModelInvalid

OOD_TENSORS = frozenset({"ood.mean", "ood.basis", "ood.deviation", "ood.residual"})
# Of the products of two directions: generous enough for float16, far below what is no basis at all.
_ORTHONORMAL_WITHIN = 1e-2
# A share of the largest variance, below which a variance is the rounding of zero.
_NO_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class FeatureDistance:
    """float64: mean [k], orthonormal basis [k, m], deviation [m] along its directions, residual [1] beside them."""

    mean: Tensor
    basis: Tensor
    deviation: Tensor
    residual: Tensor

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor], *, features: int) -> "FeatureDistance":
        """Take the `OOD_TENSORS`. Raises ModelInvalid naming the first that is missing or cannot be right."""
        mean = take(tensors, "ood.mean", features)
        basis = tensors.get("ood.basis")
        if basis is None or basis.dim() != 2 or len(basis) != features or not 1 <= basis.shape[1] < features:  # noqa: PLR2004 - rows and columns
            raise ModelInvalid(f"weights: ood.basis is not [{features}, m] with 1 <= m < {features}")
        deviation = take(tensors, "ood.deviation", basis.shape[1])
        residual = take(tensors, "ood.residual", 1)
        for name, values in (("ood.deviation", deviation), ("ood.residual", residual)):
            if not bool((values > 0).all()):
                raise ModelInvalid(f"weights: {name} is not positive")
        distance = cls(mean.double(), basis.double(), deviation.double(), residual.double())
        products = distance.basis.T @ distance.basis
        if not torch.allclose(products, torch.eye(len(products)).to(products), rtol=0, atol=_ORTHONORMAL_WITHIN):
            raise ModelInvalid("weights: ood.basis is not orthonormal")
        return distance

    @property
    def components(self) -> int:
        """The number of directions, m."""
        return self.basis.shape[1]

    def to(self, device: torch.device) -> "FeatureDistance":
        """The same distance on another device."""
        return FeatureDistance(
            self.mean.to(device), self.basis.to(device), self.deviation.to(device), self.residual.to(device)
        )

    def score(self, features: Tensor) -> Tensor:
        """Float [n, k, h, w] to float64 [n], not negative; NaN or Inf where a feature is."""
        away = features.mean(dim=(2, 3), dtype=torch.float64) - self.mean
        along = away @ self.basis
        # A difference of two large numbers, hence the double precision; rounding may still take it below 0.
        beside = (away.square().sum(dim=1) - along.square().sum(dim=1)).clamp(min=0)
        energy = (along / self.deviation).square().sum(dim=1) + beside / self.residual.square()
        return (energy / len(self.mean)).sqrt()


def fit(pooled: Tensor, components: int) -> dict[str, Tensor]:
    """The `OOD_TENSORS`, float32, of training photos: float64 [n, k], each row a photo's mean over its feature map.

    Raises ValueError unless 1 <= components < k and the photos vary beside so many directions, for which there have to
    be at least components + 2 of them.
    """
    photos, features = pooled.shape
    if not 1 <= components < features:
        raise ValueError(f"components must be at least 1 and less than {features}")
    mean = pooled.double().mean(dim=0)
    away = pooled.double() - mean
    variances, directions = torch.linalg.eigh(away.T @ away / photos)  # smallest first
    along, beside = variances[-components:].flip(0), variances[:-components].clamp(min=0).mean()
    if not bool(beside > _NO_VARIANCE * along[0]):
        raise ValueError(f"the photos do not vary beside {components} directions")
    return {
        "ood.mean": mean.float(),
        "ood.basis": directions[:, -components:].flip(1).float().contiguous(),
        "ood.deviation": along.sqrt().float(),
        "ood.residual": beside.sqrt().float().reshape(1),
    }
