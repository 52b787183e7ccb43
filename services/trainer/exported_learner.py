"""What an exported fastai learner holds, by our names. Unpickles: for `fastai_reader`'s process and no other."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from services.inference.model.networks import build_body
from services.inference.model.torchvision_import import torchvision_models
from services.trainer.faults import BadModel
from services.trainer.network import POOL_LINEAR, HeadKind

ARCHITECTURES = ("resnet50", "tiny-conv")
_COUNTER = "num_batches_tracked"
_EPSILON = 1e-5  # of every BatchNorm in the networks that the engine builds
# fastai cuts torchvision's ResNet into a list of its children; 2 and 3 are without values.
_CHILDREN = {"0": "conv1", "1": "bn1", "4": "layer1", "5": "layer2", "6": "layer3", "7": "layer4"}
_WITHOUT_EFFECT = frozenset({"Dropout", "Flatten", "Identity"})
_PARTS: dict[tuple[str, ...], tuple[HeadKind, tuple[str, ...]]] = {
    ("AdaptiveAvgPool2d", "Linear"): (POOL_LINEAR, ("", "fc")),
    ("ConcatPool", "BatchNorm1d", "Linear", "ReLU", "BatchNorm1d", "Linear"): (
        "concat-pool-mlp",
        ("", "head.bn1", "head.fc1", "", "head.bn2", "head.fc2"),
    ),
}


def read_exported(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Float32 tensors by shipped name, the classes' rows as they stand, and what the learner says of itself.

    The second: `architecture`, `head`, `vocab`, and `input_size`, `mean`, `std` or null. Raises BadModel for a network
    that the engine cannot build, and whatever the file's own code raises.
    """
    torchvision_models()  # the pickle imports torchvision by itself, and where that fails this helps
    # What this process is there for: the file is a pickle of whole objects.
    learner = torch.load(path, map_location="cpu", weights_only=False)
    model = getattr(learner, "model", None)
    if not isinstance(model, nn.Sequential) or len(model) != len(("body", "head")):
        raise BadModel(f"holds a {type(learner).__name__} without a network of body and head")
    _check_epsilon(model)
    body = _body(model[0])
    head, kind = _head(model[1])
    tensors = {name: value.detach().float().contiguous().clone() for name, value in (body | head).items()}
    found = {"architecture": _architecture(body), "head": kind, "vocab": _vocab(learner), **_pictures(learner)}
    return tensors, found


def _body(body: nn.Module) -> dict[str, Tensor]:
    named = {}
    for name, value in body.state_dict().items():
        first, _, rest = name.partition(".")
        if not name.endswith(_COUNTER):
            named[f"{_CHILDREN.get(first, first)}.{rest}"] = value
    return named


def _architecture(body: Mapping[str, Tensor]) -> str:
    shapes = {name: value.shape for name, value in body.items()}
    for architecture in ARCHITECTURES:
        wanted = build_body(architecture).body.state_dict()
        if shapes == {name: meta.shape for name, meta in wanted.items() if not name.endswith(_COUNTER)}:
            return architecture
    first = next(iter(shapes.items()), None)
    begins = f" and begins with {first[0]} {list(first[1])}" if first else ""
    raise BadModel(f"the body is none of {', '.join(ARCHITECTURES)}: it has {len(shapes)} tensors{begins}")


def _head(head: nn.Module) -> tuple[dict[str, Tensor], HeadKind]:
    layers = [layer for layer in _layers(head) if type(layer).__name__ not in _WITHOUT_EFFECT]
    kinds = tuple(type(layer).__name__.replace("AdaptiveConcatPool2d", "ConcatPool") for layer in layers)
    if kinds not in _PARTS:
        known = " or ".join(" - ".join(each) for each in _PARTS)
        raise BadModel(f"the head is {' - '.join(kinds) or 'empty'}, not {known}")
    kind, names = _PARTS[kinds]
    tensors = {
        f"{name}.{what}": value
        for name, layer in zip(names, layers, strict=True)
        for what, value in layer.state_dict().items()
        if not what.endswith(_COUNTER)
    }
    if kind == POOL_LINEAR:
        tensors.setdefault("fc.bias", torch.zeros(len(tensors["fc.weight"])))
    return tensors, kind


def _layers(module: nn.Module) -> Iterator[nn.Module]:
    """Yield the layers of Sequentials in Sequentials, in order."""
    if not isinstance(module, nn.Sequential):
        yield module
        return
    for child in module:
        yield from _layers(child)


def _check_epsilon(model: nn.Module) -> None:
    for name, layer in model.named_modules():
        epsilon = getattr(layer, "eps", _EPSILON)
        if epsilon != _EPSILON:
            raise BadModel(f"layer {name} has an epsilon of {epsilon}, and the engine's is {_EPSILON}")


def _vocab(learner: Any) -> list[str]:
    vocab = getattr(getattr(learner, "dls", None), "vocab", None)
    if vocab is None:
        raise BadModel("the learner does not say which classes it tells apart")
    return [str(each) for each in vocab]


def _pictures(learner: Any) -> dict[str, Any]:
    """Size and normalisation that the transforms name. The last size counts: batches are cut after photos."""
    size, mean, std = None, None, None
    for transform in _transforms(learner):
        if type(transform).__name__ == "Normalize":
            mean, std = (torch.as_tensor(each).flatten().tolist() for each in (transform.mean, transform.std))
        sides = getattr(transform, "size", None)
        if isinstance(sides, Iterable) and len({*sides}) == 1:
            size = int(next(iter(sides)))
    return {"input_size": size, "mean": mean, "std": std}


def _transforms(learner: Any) -> Iterator[Any]:
    loaders = getattr(learner.dls, "loaders", [])
    for step in ("after_item", "after_batch"):
        for loader in loaders[-1:]:
            yield from getattr(getattr(loader, step, None), "fs", [])
