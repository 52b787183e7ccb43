"""Weights as they are shipped: small enough for a clone, and exactly what the service will multiply out again."""

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

Precision = Literal["fp32", "fp16", "int8"]
FORMATS: dict[Precision, Literal["safetensors", "safetensors-fp16", "safetensors-int8"]] = {
    "fp32": "safetensors",
    "fp16": "safetensors-fp16",
    "int8": "safetensors-int8",
}
_INT8_MOST = 127
_KEPT_WHOLE = "ood."


def rounded(tensors: Mapping[str, Tensor], precision: Precision) -> dict[str, Tensor]:
    """Convolutions and linear layers in `precision`; BatchNorm, biases and feature statistics stay float32.

    int8: weight = int8 x `<name>.scale`, one scale for each output channel, the largest magnitude at 127.
    """
    stored: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if tensor.dim() < 2 or name.startswith(_KEPT_WHOLE) or precision == "fp32":  # noqa: PLR2004
            stored[name] = tensor.float().contiguous()
        elif precision == "fp16":
            stored[name] = tensor.to(torch.float16).contiguous()
        else:
            stored |= _int8(name, tensor.float())
    return stored


def _int8(name: str, tensor: Tensor) -> dict[str, Tensor]:
    scale = (tensor.abs().flatten(1).amax(dim=1) / _INT8_MOST).clamp(min=torch.finfo(torch.float32).tiny)
    whole = (tensor / scale.reshape(-1, *[1] * (tensor.dim() - 1))).round().to(torch.int8)
    return {name: whole.contiguous(), f"{name}.scale": scale.contiguous()}
