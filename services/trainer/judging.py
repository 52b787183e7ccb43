"""Judging every epoch would cost as much as training some: every few, and after the last."""

from fastai.callback.core import Callback, CancelValidException


class JudgeEvery(Callback):  # type: ignore[misc]  # fastai has no types
    """Skips validation but for every `every`-th epoch and the last."""

    order = 0  # before the average stands in for the model

    def __init__(self, every: int) -> None:
        self._every = every

    def before_validate(self) -> None:
        done = self.learn.epoch + 1
        if done % self._every and done != self.learn.n_epoch:
            raise CancelValidException
