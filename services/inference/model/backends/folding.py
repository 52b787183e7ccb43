"""Batch normalisations folded into the convolutions before them: the same function with half the passes over memory."""

import threading
from collections.abc import Callable
from typing import Any

from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_normalisations(body: nn.Module) -> fx.GraphModule:
    """A copy of a body in eval mode, in which no batch normalisation is left that directly follows a convolution.

    Computed in the body's own precision: fold first, round afterwards. The body itself is left as it is.
    """
    graph = fx.GraphModule(body, _Tracer().trace(body))
    parts = dict(graph.named_modules())
    for node in graph.graph.nodes:
        before = node.args[0] if node.op == "call_module" and node.args else None
        if not isinstance(before, fx.Node) or before.op != "call_module" or len(before.users) != 1:
            continue
        convolution, normalisation = parts[str(before.target)], parts[str(node.target)]
        if isinstance(convolution, nn.Conv2d) and isinstance(normalisation, nn.BatchNorm2d):
            graph.set_submodule(str(before.target), fuse_conv_bn_eval(convolution, normalisation))
            node.replace_all_uses_with(before)
            graph.graph.erase_node(node)
    graph.recompile()
    graph.delete_all_unused_submodules()
    return graph


class _Tracer(fx.Tracer):
    """Follows its own thread alone.

    While fx traces, every module of the process is called through it, those of a model that answers meanwhile too.
    """

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if threading.get_ident() != self._thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)
