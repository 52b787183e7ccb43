import pytest
import torch
from torch import Tensor

from services.trainer.augment import Augmentation, random_views

PLAIN = Augmentation(area=(1.0, 1.0), aspect=0.0, brightness=0.0, contrast=0.0, gain=0.0, erase=0.0)


def canvases(count: int = 8) -> Tensor:
    return torch.randint(0, 256, (count, 48, 64, 3), generator=torch.Generator().manual_seed(0)).to(torch.uint8)


def views(images: Tensor, size: int = 32, how: Augmentation = PLAIN, seed: int = 1) -> Tensor:
    return random_views(images, size, how, torch.Generator().manual_seed(seed))


def test_a_seed_is_a_batch_of_views() -> None:
    one, same, other = (views(canvases(), how=Augmentation(erase=0.5), seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("size", [16, 24, 32, 48, 64])
def test_views_are_square_and_between_0_and_1(size: int) -> None:
    wild = Augmentation(area=(0.2, 1.5), brightness=0.9, contrast=0.9, gain=0.5, erase=1.0)
    got = views(canvases(), size, wild)
    assert (got.shape, got.dtype) == ((8, 3, size, size), torch.float32)
    assert got.is_contiguous(memory_format=torch.channels_last)
    assert 0 <= float(got.min()) < float(got.max()) <= 1


def test_views_of_one_batch_differ() -> None:
    got = views(canvases(1).expand(4, -1, -1, -1))
    assert all(not torch.equal(got[0], each) for each in got[1:])


def test_a_dot_in_the_middle_stays_in_view() -> None:
    images = torch.zeros((64, 48, 64, 3), dtype=torch.uint8)
    images[:, 22:26, 30:34] = 255
    how = Augmentation(brightness=0.0, contrast=0.0, gain=0.0, erase=0.0)
    assert (views(images, 32, how).amax(dim=(1, 2, 3)) > 0.5).all()


def test_a_turn_keeps_the_shape_of_a_dot() -> None:
    """A circle stays one, so x and y are scaled alike although the canvas is wider than high."""
    down, across = torch.meshgrid(torch.arange(96) - 47.5, torch.arange(128) - 63.5, indexing="ij")
    disc = ((down**2 + across**2) < 20**2).to(torch.uint8).mul(255)
    got = views(disc[None, :, :, None].expand(32, -1, -1, 3), 96, PLAIN)
    ones = got[:, 0] > 0.5
    whole = ones.flatten(1).sum(1)
    assert (whole > 0.95 * 3.1416 * 20**2).all()
    for sides in (ones.any(dim=1).sum(1), ones.any(dim=2).sum(1)):
        assert ((sides >= 38) & (sides <= 42)).all()


def test_a_fine_canvas_is_averaged_before_it_is_sampled() -> None:
    """Stripes a pixel wide would alias; halved first they are grey."""
    images = torch.zeros((4, 64, 64, 3), dtype=torch.uint8)
    images[:, :, ::2] = 255
    halved, sampled = views(images, 32), views(images, 48)
    assert (halved - 0.5).abs().max() < 0.02
    assert (sampled - 0.5).abs().max() > 0.2


def test_an_erased_square_has_the_views_mean() -> None:
    how = Augmentation(area=(1.0, 1.0), aspect=0.0, brightness=0.0, contrast=0.0, gain=0.0, erase=1.0)
    for plain, erased in zip(views(canvases()), views(canvases(), how=how), strict=True):
        changed = (plain != erased).any(dim=0)
        assert 4 <= int(changed.any(dim=0).sum()) <= 11
        assert torch.allclose(erased[:, changed].T, plain.mean(dim=(1, 2)).expand(int(changed.sum()), 3), atol=1e-6)
