"""What is shipped: small, and read back by the service to what was rounded."""

import hashlib

import pytest
import torch
from safetensors.torch import save

from services.inference.model.weights import read_tensors
from services.trainer.rounding import Precision, rounded

TENSORS = {
    "conv1.weight": torch.randn((8, 3, 3, 3), generator=torch.Generator().manual_seed(0)),
    "bn1.weight": torch.full((8,), 1.2345678),
    "ood.basis": torch.eye(4)[:, :2].contiguous(),
}


def read_back(precision: Precision) -> dict[str, torch.Tensor]:
    content = save(rounded(TENSORS, precision))
    return read_tensors(content, hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(("precision", "within"), [("fp32", 0.0), ("fp16", 5e-4), ("int8", 4e-3)])
def test_what_is_read_back_is_near_what_was_trained(precision: Precision, within: float) -> None:
    tensors = read_back(precision)
    assert tensors.keys() == TENSORS.keys()
    largest = float(TENSORS["conv1.weight"].abs().max())
    assert float((tensors["conv1.weight"] - TENSORS["conv1.weight"]).abs().max()) <= within * largest
    for name in ("bn1.weight", "ood.basis"):
        assert torch.equal(tensors[name], TENSORS[name])


def test_a_channel_of_zeros_stays_zero() -> None:
    stored = rounded({"fc.weight": torch.tensor([[0.0, 0.0], [1.0, -2.0]])}, "int8")
    assert stored["fc.weight"].tolist() == [[0, 0], [64, -127]]
    assert bool(torch.isfinite(stored["fc.weight.scale"]).all())
