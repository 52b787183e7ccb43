"""bfloat16 where it is safe, on any device: fastai's own callback asks for CUDA."""

from typing import Any

import torch
from fastai.callback.core import Callback


class Bfloat16(Callback):  # type: ignore[misc]  # fastai has no types
    """Runs forward passes under autocast and hands float32 logits to the loss. The weights stay float32."""

    order = 10  # where fastai's MixedPrecision stands

    def __init__(self) -> None:
        self._context: Any = None

    def before_batch(self) -> None:
        self._context = torch.autocast(self.learn.dls.device.type, dtype=torch.bfloat16)
        self._context.__enter__()

    def after_pred(self) -> None:
        self._leave()
        self.learn.pred = self.learn.pred.float()

    def after_cancel_batch(self) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._context is not None:
            self._context.__exit__(None, None, None)
            self._context = None
