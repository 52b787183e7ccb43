"""The network as it is trained: a body of the inference engine, one of two heads, and its tensors by shipped name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
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
TRAINED = "trained.safetensors"  # the float32 weights of a finished run
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


def with_offsets(tensors: Mapping[str, Tensor], offsets: npt.NDArray[np.float64]) -> dict[str, Tensor]:
    """The same network with `offsets` [classes] added to its logits. Maps do not change.

    A head without a last bias takes them in the BatchNorm before: the least shift that its last layer makes of them.
    """
    added = torch.from_numpy(offsets)
    if "fc.bias" in tensors:
        return {**tensors, "fc.bias": (tensors["fc.bias"].double() + added).float()}
    shift = torch.linalg.pinv(tensors["head.fc2.weight"].double()) @ added
    return {**tensors, "head.bn2.bias": (tensors["head.bn2.bias"].double() + shift).float()}


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
    load_head(model[1], tensors)


def load_head(head: nn.Module, tensors: Mapping[str, Tensor]) -> bool:
    """Take the head's values too, if there are all of them in our shapes; return whether it was so."""
    wanted = head.state_dict()
    found = {name: tensors[_shipped_name(name, wanted)] for name in wanted if _shipped_name(name, wanted) in tensors}
    needed = [name for name in wanted if not name.endswith(_COUNTER)]
    fits = all(name in found and found[name].shape == wanted[name].shape for name in needed)
    if fits:
        head.load_state_dict({**wanted, **found})
    return fits


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
        tensors: dict[str, Tensor] = load_file(path)
    except (ModelInvalid, OSError, SafetensorError) as error:
        raise BadModel(f"{path}: {error}") from error
    whole = [name for name, tensor in tensors.items() if not tensor.is_floating_point() and not name.endswith(_COUNTER)]
    if whole:
        # Without its manifest's scales an int8 file would load without a word, as nonsense.
        raise BadModel(f"{path}: {whole[0]} is {tensors[whole[0]].dtype}; name the model's folder, not its file")
    return tensors


def _zero_last_scales(body: nn.Module) -> None:
    """Let each residual block begin as its shortcut (arXiv 1706.02677, section 5.1)."""
    for module in body.modules():
        last = getattr(module, "bn3", None)
        if isinstance(last, nn.BatchNorm2d):
            nn.init.zeros_(last.weight)
