"""Batch normalisations folded into convolutions: the same function, and nobody else's calls."""

from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor, nn

from services.inference.model.backends.folding import fold_normalisations


def parts() -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    torch.manual_seed(4)
    normalisation = nn.BatchNorm2d(5)
    normalisation(torch.randn(8, 5, 6, 6))
    return nn.Conv2d(3, 5, 3), normalisation


class Meanwhile(nn.Module):
    """While this is run, another thread calls a network of its own."""

    def __init__(self, other: nn.Module) -> None:
        super().__init__()
        self.convolution, self.normalisation = parts()
        self.others: list[nn.Module] = [other]
        self.said: list[Tensor] = []

    def forward(self, images: Tensor) -> Tensor:
        with ThreadPoolExecutor(1) as beside:
            self.said.append(beside.submit(self.others[0], torch.ones(1, 3, 4, 4)).result())
        found: Tensor = self.normalisation(self.convolution(images))
        return found


def test_it_answers_as_before_with_no_normalisation_left() -> None:
    body = nn.Sequential(*parts(), nn.ReLU()).eval()
    folded = fold_normalisations(body)
    assert not [part for part in folded.modules() if isinstance(part, nn.BatchNorm2d)]
    images = torch.randn(2, 3, 9, 9)
    torch.testing.assert_close(folded(images), body(images))


def test_a_network_that_answers_in_another_thread_is_left_alone() -> None:
    other = nn.Sequential(*parts()).eval()
    body = Meanwhile(other).eval()
    fold_normalisations(body)
    (told,) = body.said
    torch.testing.assert_close(told, other(torch.ones(1, 3, 4, 4)))
