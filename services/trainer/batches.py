"""What fastai's Learner is fed: random views to train on, the service's own crops to judge by."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from torch import Tensor

from services.trainer.augment import random_views
from services.trainer.canvases import Pixels
from services.trainer.photos import CLASSES, Photo
from services.trainer.recipe import Recipe


class Normalizer:
    """(x - mean) / std per channel, for float32 [n, 3, h, w] in 0..1."""

    def __init__(self, recipe: Recipe) -> None:
        self._mean, self._std = (torch.tensor(each).view(1, 3, 1, 1) for each in (recipe.mean, recipe.std))

    def __call__(self, images: Tensor) -> Tensor:
        return (images - self._mean.to(images.device)) / self._std.to(images.device)


class TrainingBatches(DataLoader):  # type: ignore[misc]  # fastai has no types
    """Draws photos by the balance of the recipe, with replacement, and makes random views of `self.size`.

    Photos are drawn anew each epoch; the same seed and epoch give the same views.
    """

    def __init__(self, canvases: Pixels, photos: Sequence[Photo], recipe: Recipe, device: torch.device) -> None:
        self.size = recipe.size_at(0)
        self.epoch = 0
        self._canvases, self._recipe = canvases, recipe
        self._normalize = Normalizer(recipe)
        self._targets = torch.tensor([photo.target for photo in photos])
        counts = Counter(photo.target for photo in photos)
        self._weights = torch.tensor([counts[photo.target] ** -recipe.balance for photo in photos], dtype=torch.float64)
        self._generator = torch.Generator()
        super().__init__(np.arange(len(photos)), bs=recipe.batch, device=device, drop_last=len(photos) > recipe.batch)

    def get_idxs(self) -> list[int]:
        """One epoch's photos."""
        self._generator.manual_seed(self._recipe.seed * 1000 + self.epoch)
        drawn = torch.multinomial(self._weights, len(self._weights), replacement=True, generator=self._generator)
        return [int(index) for index in drawn]

    def create_batch(self, indices: list[Any]) -> tuple[Tensor, Tensor]:
        """Canvases uint8 [n, h, w, 3] and targets int64 [n]."""
        chosen = [int(index) for index in indices]
        return torch.from_numpy(np.stack([self._canvases[index] for index in chosen])), self._targets[chosen]

    def after_batch(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Normalized views float32 [n, 3, size, size]."""
        canvases, targets = batch
        views = random_views(canvases, self.size, self._recipe.augmentation, self._generator)
        return self._normalize(views), targets


class CropBatches(DataLoader):  # type: ignore[misc]  # fastai has no types
    """Crops as the service cuts them, in order."""

    def __init__(self, crops: Pixels, photos: Sequence[Photo], recipe: Recipe, device: torch.device) -> None:
        self._crops = crops
        self._normalize = Normalizer(recipe)
        self._targets = torch.tensor([photo.target for photo in photos])
        super().__init__(np.arange(len(photos)), bs=recipe.batch, device=device)

    def create_batch(self, indices: list[Any]) -> tuple[Tensor, Tensor]:
        """Normalized crops float32 [n, 3, size, size] and targets int64 [n]."""
        chosen = [int(index) for index in indices]
        crops = torch.from_numpy(self._crops[chosen]).permute(0, 3, 1, 2).float().div_(255)
        return self._normalize(crops).contiguous(memory_format=torch.channels_last), self._targets[chosen]


def data_loaders(training: TrainingBatches, hold_out: CropBatches) -> DataLoaders:
    """Both parts as fastai's Learner takes them."""
    loaders = DataLoaders(training, hold_out, device=training.device)
    loaders.vocab, loaders.c = list(CLASSES), len(CLASSES)
    return loaders
