"""Other people's Grad-CAM behind one face: a batch of images to the maps of one class each.

Each is called as its documentation shows, by whoever has the logits and wants a map of the likeliest class. Their
packages are imported when they are asked for: `pytorch_grad_cam` alone brings OpenCV, matplotlib and scikit-learn.
"""

import importlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from bench.tutorial import TutorialGradCam
from services.inference.model.folder import ModelFolder
from services.inference.model.networks import build_body
from services.inference.model.torchvision_import import torchvision_models
from services.inference.model.weights import fill, read_tensors

Labels: TypeAlias = Sequence[int]
Explain: TypeAlias = Callable[[Tensor, Labels | None], Tensor]
"""Images [n, 3, size, size] and a class each (None: the likeliest) to maps [n, any, any], as the library gives them."""

HEAD: Final = "fc"


def pooled_network(body: nn.Sequential, classifier: nn.Module) -> nn.Sequential:
    """The network as others have it: the body's parts by their names, pooling, and a linear layer named `fc`."""
    parts = OrderedDict(body.named_children())
    parts |= {"avgpool": nn.AdaptiveAvgPool2d(1), "flatten": nn.Flatten(), HEAD: classifier}
    return nn.Sequential(parts).eval().requires_grad_(requires_grad=True)


def network_of(folder: ModelFolder) -> tuple[nn.Sequential, str]:
    """A model folder's network, and the name of the layer to explain. Its head must be pooling and a linear layer."""
    manifest = folder.manifest
    if manifest.head != "pool-linear":
        raise SystemExit(f"only a model with pooling and one linear layer is compared; this head is {manifest.head}")
    tensors = read_tensors(folder.weights, manifest.weights.sha256)
    network = build_body(manifest.architecture)
    body = fill(network.body, {name: tensors[name] for name in network.body.state_dict() if name in tensors})
    assert isinstance(body, nn.Sequential)
    classifier = nn.Linear(network.features, len(manifest.labels))
    classifier.load_state_dict({"weight": tensors["fc.weight"], "bias": tensors["fc.bias"]})
    return pooled_network(body, classifier), network.layer


def pytorch_grad_cam(network: nn.Sequential, layer: str) -> Explain:
    """Its maps are cut at zero, stretched to 0..1 twice and resized to the image."""
    torchvision_models()  # it imports torchvision, which may need our help
    package = importlib.import_module("pytorch_grad_cam")
    targets = importlib.import_module("pytorch_grad_cam.utils.model_targets")
    cam = package.GradCAM(model=network, target_layers=[network.get_submodule(layer)])

    def explain(images: Tensor, labels: Labels | None) -> Tensor:
        wanted = None if labels is None else [targets.ClassifierOutputTarget(label) for label in labels]
        return torch.from_numpy(np.asarray(cam(input_tensor=images, targets=wanted)))

    return explain


def torchcam_grad_cam(network: nn.Sequential, layer: str) -> Explain:
    """Its maps are cut at zero and stretched to 0..1."""
    methods = importlib.import_module("torchcam.methods")
    cam = methods.GradCAM(network, layer)

    def explain(images: Tensor, labels: Labels | None) -> Tensor:
        logits = network(images)
        maps: Tensor = cam(_labels(logits, labels), logits)[0]
        return maps

    return explain


def torchcam_cam(network: nn.Sequential, layer: str) -> Explain:
    """The closed form, for pooling and one linear layer. Its maps are stretched to 0..1 without a cut at zero."""
    methods = importlib.import_module("torchcam.methods")
    cam = methods.CAM(network, layer, HEAD)

    def explain(images: Tensor, labels: Labels | None) -> Tensor:
        with torch.inference_mode():
            maps: Tensor = cam(_labels(network(images), labels))[0]
        return maps

    return explain


def captum_grad_cam(network: nn.Sequential, layer: str) -> Explain:
    """Its maps are signed and in the unit of the paper. A call for the likeliest class needs a pass of its own."""
    attr: Any = importlib.import_module("captum.attr")
    grad_cam = attr.LayerGradCam(network, network.get_submodule(layer))

    def explain(images: Tensor, labels: Labels | None) -> Tensor:
        if labels is None:
            with torch.inference_mode():
                labels = _labels(network(images), None)
        maps: Tensor = grad_cam.attribute(images, target=list(labels))
        return maps.detach()[:, 0]

    return explain


def tutorial_grad_cam(network: nn.Sequential, layer: str) -> Explain:
    """Its maps are cut at zero and stretched to 0..1. It knows no batches and no class but the likeliest."""
    cam = TutorialGradCam(network, network.get_submodule(layer))

    def explain(images: Tensor, labels: Labels | None) -> Tensor:
        assert labels is None
        return torch.stack([torch.from_numpy(cam(image[None])[1]) for image in images])

    return explain


PEERS: Final[dict[str, Callable[[nn.Sequential, str], Explain]]] = {
    "tutorial's class": tutorial_grad_cam,
    "pytorch-grad-cam GradCAM": pytorch_grad_cam,
    "torch-cam GradCAM": torchcam_grad_cam,
    "torch-cam CAM": torchcam_cam,
    "Captum LayerGradCam": captum_grad_cam,
}


def _labels(logits: Tensor, labels: Labels | None) -> list[int]:
    return logits.argmax(dim=1).tolist() if labels is None else list(labels)
