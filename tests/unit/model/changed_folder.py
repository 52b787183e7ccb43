"""A model folder with other weights or with a manifest that says something else, its sha256 put right."""

import hashlib
from typing import Any

import torch
from safetensors.torch import save

from services.inference.model.folder import ModelFolder


def changed(folder: ModelFolder, tensors: dict[str, torch.Tensor], **said: Any) -> ModelFolder:
    content = save(tensors)
    weights = folder.manifest.weights.model_copy(update={"sha256": hashlib.sha256(content).hexdigest()})
    return ModelFolder(folder.manifest.model_copy(update={"weights": weights, **said}), content)
