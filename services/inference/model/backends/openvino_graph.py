"""A body as a graph of OpenVINO, made operation by operation from what torch's own tracer for modules finds.

OpenVINO's converter would do it from TorchScript, which Python 3.14 no longer has, or from `torch.export`, which takes
five times as long. A body here needs six operations, so this is short; any other is refused by its name.
"""

import importlib
import operator
from collections.abc import Callable, Sequence
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx, nn

from services.inference.model.backends.backend import Normalisation
from services.inference.model.backends.folding import fold_normalisations
from services.inference.model.backends.openvino_import import openvino
from services.inference.model.preprocess import CHANNELS
from shared.contracts.manifest import Preprocessing
from shared.errors import ModelInvalid

_CHANNELS_FIRST = np.array([0, 3, 1, 2])
_FUNCTIONS = {torch.relu: "relu", operator.add: "add", operator.iadd: "add"}


def graph_of(body: nn.Module, preprocessing: Preprocessing) -> Any:
    """An `openvino.Model`: uint8 [any, size, size, 3] to float32 [any, k, h, w]. Raises ModelInvalid.

    The weights are shared with the body, batch normalisations folded into its convolutions.
    """
    traced = fold_normalisations(body)
    parts = dict(traced.named_modules())
    size = preprocessing.input_size
    pixels = _ops().parameter([-1, size, size, CHANNELS], np.uint8)
    made: dict[fx.Node, Any] = {}
    for node in traced.graph.nodes:
        inputs = [made[each] for each in node.all_input_nodes]
        if node.op == "placeholder":
            made[node] = _normalised(pixels, Normalisation(preprocessing))
        elif node.op == "call_module":
            made[node] = _layer(parts[str(node.target)], inputs)
        elif node.op == "call_function" and node.target in _FUNCTIONS:
            made[node] = getattr(_ops(), _FUNCTIONS[node.target])(*inputs)
        elif node.op == "output":
            return openvino().Model(inputs, [pixels])
        else:
            raise ModelInvalid(f"OpenVINO: no translation of {node.target}")
    raise ModelInvalid("OpenVINO: the body has no output")


@cache
def _ops() -> ModuleType:
    openvino()
    return importlib.import_module("openvino.opset15")


def _normalised(pixels: Any, by: Normalisation) -> Any:
    channels_first = _ops().convert(_ops().transpose(pixels, _CHANNELS_FIRST), np.float32)
    return _ops().add(_ops().multiply(channels_first, by.scale.numpy()), by.offset.numpy())


def _layer(part: nn.Module, inputs: Sequence[Any]) -> Any:
    translate = _LAYERS.get(type(part))
    if translate is None:
        raise ModelInvalid(f"OpenVINO: no translation of a {type(part).__name__}")
    return translate(part, *inputs)


def _convolution(part: nn.Conv2d, given: Any) -> Any:
    if part.groups != 1 or part.padding_mode != "zeros" or isinstance(part.padding, str):
        raise ModelInvalid("OpenVINO: no translation of a convolution in groups or with other padding than by zeros")
    padding = list(part.padding)
    kernel = _ops().constant(_values(part.weight), shared_memory=True)
    made = _ops().convolution(given, kernel, list(part.stride), padding, padding, list(part.dilation))
    return made if part.bias is None else _ops().add(made, _values(part.bias).reshape(1, -1, 1, 1))


def _normalisation(part: nn.BatchNorm2d, given: Any) -> Any:
    """One that follows no convolution, and could not be folded."""
    variance, mean = part.running_var, part.running_mean
    if variance is None or mean is None:
        raise ModelInvalid("OpenVINO: a batch normalisation without running statistics")
    factor = part.weight / (variance + part.eps).sqrt()
    offset = part.bias - mean * factor
    scaled = _ops().multiply(given, _values(factor).reshape(1, -1, 1, 1))
    return _ops().add(scaled, _values(offset).reshape(1, -1, 1, 1))


def _max_pool(part: nn.MaxPool2d, given: Any) -> Any:
    kernel, stride, padding, dilation = (
        [side, side] if isinstance(side, int) else list(side)
        for side in (part.kernel_size, part.stride, part.padding, part.dilation)
    )
    rounding = "ceil" if part.ceil_mode else "floor"
    return _ops().max_pool(given, stride, dilation, padding, padding, kernel, rounding_type=rounding).output(0)


def _relu(_: nn.ReLU, given: Any) -> Any:
    return _ops().relu(given)


def _values(tensor: Tensor) -> Any:
    return tensor.detach().contiguous().numpy()


_LAYERS: dict[type[nn.Module], Callable[..., Any]] = {
    nn.Conv2d: _convolution,
    nn.BatchNorm2d: _normalisation,
    nn.MaxPool2d: _max_pool,
    nn.ReLU: _relu,
}
