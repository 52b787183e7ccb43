"""What weights in memory say of many photos: logits and pooled features, in float32 on the CPU."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from services.inference.model.preprocess import Framing
from services.inference.model.weights import fill
from services.trainer.canvases import Progress, quiet
from services.trainer.crops import read_crops
from services.trainer.faults import BadModel
from services.trainer.metrics import Floats
from services.trainer.network import build_network, load_head
from services.trainer.photos import Photo
from services.trainer.recipe import Recipe

BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """`logits` [n, classes] and `pooled` [n, k]: the mean of the last feature map over its positions."""

    logits: Floats
    pooled: Floats


class Observer:
    """A network with given tensors, ready to look at photos."""

    def __init__(self, tensors: Mapping[str, Tensor], recipe: Recipe, framing: Framing) -> None:
        """Raise ModelInvalid or BadModel if the tensors do not fit the recipe's network."""
        model = build_network(recipe.architecture, recipe.head)
        names = model[0].state_dict().keys()
        fill(model[0], {name: tensor for name, tensor in tensors.items() if name in names})
        if not load_head(model[1], tensors):
            raise BadModel(f"the weights have no head of the kind {recipe.head}")
        self._model: nn.Sequential = model.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._framing = framing
        self._mean, self._std = (torch.tensor(each).view(1, 3, 1, 1) for each in (recipe.mean, recipe.std))

    def observe(self, photos: Sequence[Photo], progress: Progress) -> Observations:
        """Look at each photo's crop as the service cuts it. Raises BadData for a photo that cannot be read."""
        logits, pooled = [], []
        batches = [photos[start : start + BATCH] for start in range(0, len(photos), BATCH)]
        with torch.inference_mode():
            for batch in progress(batches, len(batches)):
                features = self._model[0](self._pixels(batch))
                logits.append(self._model[1](features).double().numpy())
                pooled.append(features.mean(dim=(2, 3)).double().numpy())
        return Observations(np.concatenate(logits), np.concatenate(pooled))

    def _pixels(self, photos: Sequence[Photo]) -> Tensor:
        crops = torch.from_numpy(read_crops(photos, self._framing, quiet)).permute(0, 3, 1, 2).float().div_(255)
        return ((crops - self._mean) / self._std).contiguous(memory_format=torch.channels_last)
