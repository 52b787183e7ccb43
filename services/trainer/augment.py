"""Random views of a batch: turned, mirrored, cut, shifted, recoloured, partly erased. Runs on any device.

A lesion has no up or left, so the turn is free. Canvases are sampled once, by one affine map a photo.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - its customary name
from torch import Tensor

HALVED_FROM = 2.0  # a canvas this many times finer than the view is averaged down first, against aliasing
_ERASED = (0.15, 0.35)  # side of the erased square, as a share of the view


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far views may differ. Areas and shifts are shares of the canvas's short side; colours are factors."""

    area: tuple[float, float] = (0.5, 1.0)
    aspect: float = 0.15
    brightness: float = 0.15
    contrast: float = 0.15
    gain: float = 0.08
    erase: float = 0.1


def random_views(canvases: Tensor, size: int, how: Augmentation, generator: torch.Generator) -> Tensor:
    """Uint8 [n, h, w, 3] to float32 [n, 3, size, size] in 0..1, channels last in memory."""
    images = canvases.permute(0, 3, 1, 2).float().div_(255)
    if images.shape[2] / size >= HALVED_FROM:
        images = F.avg_pool2d(images, 2)
    grid = F.affine_grid(
        _maps(images.shape, how, generator).to(images.device), [len(images), 3, size, size], align_corners=False
    )
    views = F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    return _erase(_recolour(views, how, generator), how, generator).contiguous(memory_format=torch.channels_last)


def _maps(shape: torch.Size, how: Augmentation, generator: torch.Generator) -> Tensor:
    """[n, 2, 3]: from the view's square to canvas coordinates in -1..1."""
    count, _, height, width = shape
    side = _uniform(count, how.area, generator).sqrt()
    stretch = _uniform(count, (-how.aspect, how.aspect), generator).exp().sqrt()
    across, down = side * stretch, side / stretch
    angle = _uniform(count, (0.0, 2 * math.pi), generator)
    mirror = (_uniform(count, (0.0, 1.0), generator) < 0.5).float() * 2 - 1  # noqa: PLR2004 - a fair coin
    cosine, sine = angle.cos(), angle.sin()
    ratio = width / height
    # Room left beside the view, as if it were upright: further out there is nothing but mirrored border.
    shift_x = _uniform(count, (-1.0, 1.0), generator) * (ratio - side).clamp(min=0) / ratio
    shift_y = _uniform(count, (-1.0, 1.0), generator) * (1 - side).clamp(min=0)
    first = torch.stack([mirror * across * cosine / ratio, -down * sine / ratio, shift_x], 1)
    second = torch.stack([mirror * across * sine, down * cosine, shift_y], 1)
    return torch.stack([first, second], 1)


def _recolour(views: Tensor, how: Augmentation, generator: torch.Generator) -> Tensor:
    count = len(views)
    gain = 1 + _uniform((count, 3, 1, 1), (-how.gain, how.gain), generator)
    bright = 1 + _uniform((count, 1, 1, 1), (-how.brightness, how.brightness), generator)
    contrast = 1 + _uniform((count, 1, 1, 1), (-how.contrast, how.contrast), generator)
    middle = views.mean(dim=(1, 2, 3), keepdim=True)
    factor = (gain * bright).to(views.device)
    return ((views - middle) * contrast.to(views.device) + middle).mul_(factor).clamp_(0, 1)


def _erase(views: Tensor, how: Augmentation, generator: torch.Generator) -> Tensor:
    """Grey out a square of some views, so that no single spot decides (Random Erasing, arXiv 1708.04896)."""
    size = views.shape[2]
    chosen = _uniform(len(views), (0.0, 1.0), generator) < how.erase
    for index in chosen.nonzero().flatten().tolist():
        side = int(size * float(_uniform(1, _ERASED, generator)))
        left, top = (int(value) for value in torch.randint(0, size - side + 1, (2,), generator=generator))
        views[index, :, top : top + side, left : left + side] = views[index].mean(dim=(1, 2), keepdim=True)
    return views


def _uniform(shape: int | tuple[int, ...], between: tuple[float, float], generator: torch.Generator) -> Tensor:
    low, high = between
    return torch.rand(shape, generator=generator) * (high - low) + low
