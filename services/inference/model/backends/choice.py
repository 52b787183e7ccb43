"""Which backend runs a model here: a fixed rule on device, processor and manifest, never a race of timings."""

from collections.abc import Collection
from functools import cache
from typing import Final

import torch

from services.inference.model.backends.openvino_body import computes_bf16
from services.inference.model.backends.openvino_import import openvino
from shared.contracts.enums import BackendName
from shared.errors import BackendUnavailable

REFERENCE: Final = BackendName.TORCH_CPU_FP32
AUTO: Final = "auto"
# torch in bfloat16 on a CPU is never chosen: where bfloat16 is fast there, OpenVINO is faster.
_BY_RULE = tuple(name for name in BackendName if name is not BackendName.TORCH_CPU_BF16)


@cache
def available() -> tuple[BackendName, ...]:
    """The backends that this machine can run, in the order of the rule; bfloat16 only where the processor has it."""
    runs = {
        BackendName.TORCH_CUDA_BF16: _cuda_bf16(),
        BackendName.TORCH_CUDA_FP32: torch.cuda.is_available(),
        BackendName.OPENVINO_CPU_BF16: _has_openvino() and computes_bf16(),
        BackendName.OPENVINO_CPU_FP32: _has_openvino(),
        BackendName.TORCH_CPU_FP32: True,
        BackendName.TORCH_CPU_BF16: True,
    }
    return tuple(name for name in BackendName if runs[name])


def choose(
    wanted: str, device: str, checked: Collection[str], possible: Collection[BackendName] | None = None
) -> BackendName:
    """The backend to run a model on, of those `possible` here.

    `wanted` names one, checked or not: whoever names it has decided. Under `auto` it is the first of the rule, on
    `device` (`cpu`, `cuda` or `auto`), that the model's manifest lists as `checked`. Raises BackendUnavailable where
    there is none: an arithmetic that nobody compared with the reference decides on no photo unless told to.
    """
    possible = available() if possible is None else possible
    fitting = [name for name in _BY_RULE if name in possible and device in {AUTO, name.device}]
    if wanted == AUTO:
        found = next((name for name in fitting if name in checked), None)
        if found is None:
            raise BackendUnavailable(
                f"none of the backends that the model was checked on ({', '.join(checked)}) runs here on {device}; "
                f"BACKEND={fitting[0] if fitting else REFERENCE} uses it unchecked"
            )
        return found
    if wanted not in possible:
        raise BackendUnavailable(f"backend {wanted} cannot be used here; these can: {', '.join(possible)}")
    return BackendName(wanted)


def _cuda_bf16() -> bool:
    return torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)


def _has_openvino() -> bool:
    try:
        openvino()
    except ImportError:
        return False
    return True
