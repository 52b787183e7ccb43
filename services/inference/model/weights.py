"""Weights files: safetensors, checked before use. Nothing here can run code that comes with a file: no pickle."""

import hashlib

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse_safetensors
from torch import Tensor, nn

from shared.errors import ModelInvalid

_SCALE = ".scale"
_COUNTERS = "num_batches_tracked"  # of use in training only; our files leave them out


def read_tensors(content: bytes, sha256: str) -> dict[str, Tensor]:
    """Float32 tensors by name: int8 times its scales, float16 widened. Raises ModelInvalid if anything is off."""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelInvalid("weights: the file's sha256 is not the manifest's")
    try:
        stored = parse_safetensors(content)
    except (SafetensorError, ValueError, KeyError) as error:
        raise ModelInvalid("weights: not a safetensors file") from error
    scaled = {name for name, tensor in stored.items() if tensor.dtype == torch.int8}
    tensors = {
        name: _plain(name, stored) for name in stored if name.removesuffix(_SCALE) not in scaled or name in scaled
    }
    for name, tensor in tensors.items():
        if not bool(torch.isfinite(tensor).all()):
            raise ModelInvalid(f"weights: {name} holds NaN or Inf")
    return tensors


def take(tensors: dict[str, Tensor], name: str, *shape: int) -> Tensor:
    """The tensor of that name. Raises ModelInvalid if it is missing or of another shape."""
    tensor = tensors.get(name)
    if tensor is None or tensor.shape != shape:
        raise ModelInvalid(f"weights: {name} is not {list(shape)}")
    return tensor


def fill(body: nn.Module, tensors: dict[str, Tensor]) -> nn.Module:
    """Give the body its values, all of them and no others. Raises ModelInvalid naming the first that does not fit."""
    wanted = body.state_dict()
    for name, meta in wanted.items():
        if name.endswith(_COUNTERS):
            tensors = {**tensors, name: torch.zeros((), dtype=meta.dtype)}
        elif name not in tensors:
            raise ModelInvalid(f"weights: {name} is missing")
        elif tensors[name].shape != meta.shape:
            raise ModelInvalid(f"weights: {name} is {list(tensors[name].shape)}, not {list(meta.shape)}")
    unknown = sorted(tensors.keys() - wanted.keys())
    if unknown:
        raise ModelInvalid(f"weights: {unknown[0]} does not belong to this architecture")
    body.load_state_dict(tensors, assign=True)
    return body.eval().requires_grad_(requires_grad=False)


def _plain(name: str, stored: dict[str, Tensor]) -> Tensor:
    tensor = stored[name]
    if tensor.dtype == torch.float32:
        return tensor
    if tensor.dtype == torch.float16:
        return tensor.float()
    if tensor.dtype != torch.int8:
        raise ModelInvalid(f"weights: {name} is {tensor.dtype}, none of float32, float16, int8")
    scale = stored.get(name + _SCALE)
    if scale is None or scale.dtype != torch.float32 or scale.shape != tensor.shape[:1]:
        raise ModelInvalid(f"weights: {name} has no scale for each output channel")
    return tensor.float() * scale.reshape(-1, *[1] * (tensor.dim() - 1))
