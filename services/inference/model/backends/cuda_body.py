"""The body on a GPU as one recorded graph of a fixed number of photos.

A residual network is some 150 small kernels, and starting them one by one takes a GPU of today longer than running
them. So the body is recorded once as a CUDA graph (https://pytorch.org/docs/stable/notes/cuda.html#cuda-graphs) and
started as a whole. It always runs on `PHOTOS` photos, the empty places filled with black: the libraries choose their
kernels by the number of photos, so a photo's last bits would depend on how many others came with it.
"""

import threading
from typing import Final

import torch
from torch import Tensor

from services.inference.model.backends.torch_body import Precision, TorchBody
from shared.contracts.manifest import Preprocessing

PHOTOS: Final = 8


class CudaBody:
    """See `Backend`. Calls at once wait for each other: there is one graph, with its own place for what it is given."""

    def __init__(
        self, body: torch.nn.Module, preprocessing: Preprocessing, device: torch.device, precision: Precision
    ) -> None:
        self._eager = TorchBody(body, preprocessing, device, precision)
        self.name = self._eager.name
        size = preprocessing.input_size
        # Pinned, so that the copy to the GPU needs no copy on the way.
        self._staged = torch.zeros((PHOTOS, size, size, 3), dtype=torch.uint8).pin_memory()
        self._given = self._staged.to(device)
        self._turn = threading.Lock()
        self._graph, self._found = self._record()

    def features(self, pixels: Tensor) -> Tensor:
        """See `Backend`. The result is on the body's device."""
        with self._turn, torch.inference_mode():
            return torch.cat([self._of_some(some) for some in torch.split(pixels, PHOTOS)])

    def _of_some(self, pixels: Tensor) -> Tensor:
        self._staged[: len(pixels)] = pixels
        self._staged[len(pixels) :] = 0
        self._given.copy_(self._staged)  # waits for its end: the staged pixels are overwritten by the next call
        self._graph.replay()
        return self._found[: len(pixels)].clone()

    def _record(self) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        """Run it a few times aside first: libraries make their choices and take their memory in the first calls."""
        aside = torch.cuda.Stream(self._given.device)  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream(self._given.device))
        with torch.cuda.stream(aside):
            for _ in range(3):
                self._eager.features(self._given)
        torch.cuda.current_stream(self._given.device).wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        # Of this thread's calls alone: a worker takes up a model while another thread answers with the one before.
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            found = self._eager.features(self._given)
        return graph, found
