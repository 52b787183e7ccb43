"""Import torchvision also where its compiled operators do not load.

PyTorch's CPU build beside the torchvision of the package index disagree about the compiled operators: the import then
ends in "operator torchvision::nms does not exist". Models and transforms are plain Python and need no operator, but the
import registers shape functions for two of them. So: declare the two, and import again. Does nothing else, and nothing
at all where the import works.
"""

import importlib
import sys
from functools import cache
from types import ModuleType

import torch

# The schemas that torchvision's own operators have. Nothing of ours calls them.
_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
# A library object takes its declarations back when it is collected.
_declared: list[torch.library.Library] = []


@cache
def torchvision_models() -> ModuleType:
    """`torchvision.models`. Raises ImportError where torchvision is not installed."""
    try:
        return importlib.import_module("torchvision.models")
    except RuntimeError:
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
        _declared.append(library)
        for schema in _SCHEMAS:
            library.define(schema)  # type: ignore[no-untyped-call]
        return importlib.import_module("torchvision.models")
