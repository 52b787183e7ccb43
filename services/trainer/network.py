"""The network as it is trained: a body of the inference engine and one of two heads, and its tensors by shipped name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from services.inference.model.folder import read_folder
from services.inference.model.networks import build_body
from services.inference.model.torchvision_import import torchvision_models
from services.inference.model.weights import read_tensors
from services.trainer.faults import BadModel
from shared.contracts.enums import LesionClass
from shared.errors import ModelInvalid

HeadKind = Literal["pool-linear", "concat-pool-mlp"]
POOL_LINEAR: HeadKind = "pool-linear"
HIDDEN = 512
_COUNTER = "num_batches_tracked"
# Where the parts of the second head lie in a Sequential, as fastai's create_head builds it.
_CONCAT_POOL_PARTS = {2: "head.bn1", 4: "head.fc1", 6: "head.bn2", 8: "head.fc2"}


class ConcatPool(nn.Module):
    """Largest and mean value of each channel, beside each other: [n, k, h, w] to [n, 2k]."""

    def forward(self, features: Tensor) -> Tensor:
        """Maximum first, as in fastai's AdaptiveConcatPool2d."""
        return torch.cat([features.amax(dim=(2, 3)), features.mean(dim=(2, 3))], dim=1)


def build_network(architecture: str, head: HeadKind) -> nn.Sequential:
    """Body and head with fresh random values. Raises BadModel for an unknown architecture."""
    try:
        network = build_body(architecture, device="cpu")
    except ModelInvalid as error:
        raise BadModel(str(error)) from error
    _zero_last_scales(network.body)
    classes, features = len(LesionClass), network.features
    if head == POOL_LINEAR:
        top = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(features, classes))
    else:
        top = nn.Sequential(
            *(ConcatPool(), nn.Flatten(), nn.BatchNorm1d(2 * features), nn.Dropout(0.25)),
            *(nn.Linear(2 * features, HIDDEN, bias=False), nn.ReLU(inplace=True)),
            *(nn.BatchNorm1d(HIDDEN), nn.Dropout(0.5), nn.Linear(HIDDEN, classes, bias=False)),
        )
    return nn.Sequential(network.body, top)


def shipped_tensors(model: nn.Sequential) -> dict[str, Tensor]:
    """The trained values under the names that the inference engine reads, without training's counters."""
    body, head = model[0].state_dict(), model[1].state_dict()
    named = body | {_shipped_name(name, head): value for name, value in head.items()}
    return {name: value.detach().float().contiguous() for name, value in named.items() if not name.endswith(_COUNTER)}


def load_body(model: nn.Sequential, pretrained: str) -> None:
    """Start the body from `imagenet`, a model folder or a safetensors file of torchvision's names. Raises BadModel."""
    if pretrained == "none":
        return
    tensors = _imagenet() if pretrained == "imagenet" else _from_path(Path(pretrained))
    body = model[0]
    wanted = body.state_dict()
    absent = [name for name in wanted if name not in tensors and not name.endswith(_COUNTER)]
    unlike = [name for name in wanted if name in tensors and tensors[name].shape != wanted[name].shape]
    if absent or unlike:
        raise BadModel(f"{pretrained}: {(absent + unlike)[0]} is missing or of another shape")
    body.load_state_dict({name: tensors.get(name, value) for name, value in wanted.items()})
    _load_head(model[1], tensors)


def _load_head(head: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Take the head too where it has seven classes like ours: the training of a model of ours goes on."""
    wanted = head.state_dict()
    found = {name: tensors.get(_shipped_name(name, wanted)) for name in wanted if not name.endswith(_COUNTER)}
    if all(value is not None and value.shape == wanted[name].shape for name, value in found.items()):
        head.load_state_dict({**wanted, **found})


def _shipped_name(name: str, head: Mapping[str, Tensor]) -> str:
    """The name in the weights file of a value of the head: `2.weight` of the small head is `fc.weight`."""
    index, _, what = name.partition(".")
    if "4.weight" not in head:
        return f"fc.{what}"
    return f"{_CONCAT_POOL_PARTS[int(index)]}.{what}"


def _imagenet() -> Mapping[str, Tensor]:
    models = torchvision_models()
    try:
        weights: Mapping[str, Tensor] = models.ResNet50_Weights.IMAGENET1K_V2.get_state_dict(progress=True)
    except OSError as error:
        raise BadModel(f"ImageNet weights could not be fetched: {error}") from error
    return weights


def _from_path(path: Path) -> Mapping[str, Tensor]:
    try:
        if path.is_dir():
            folder = read_folder(path)
            return read_tensors(folder.weights, folder.manifest.weights.sha256)
        return load_file(path)
    except (ModelInvalid, OSError, SafetensorError) as error:
        raise BadModel(f"{path}: {error}") from error


def _zero_last_scales(body: nn.Module) -> None:
    """Let each residual block begin as its shortcut (arXiv 1706.02677, section 5.1)."""
    for module in body.modules():
        last = getattr(module, "bn3", None)
        if isinstance(last, nn.BatchNorm2d):
            nn.init.zeros_(last.weight)
