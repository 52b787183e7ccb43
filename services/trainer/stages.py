"""Progressive resizing: each epoch's size of view is the recipe's."""

from fastai.callback.core import Callback

from services.trainer.recipe import Recipe


class Stages(Callback):  # type: ignore[misc]  # fastai has no types
    """Tells the training batches size and number of each epoch before it begins."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe

    def before_epoch(self) -> None:
        batches = self.learn.dls.train
        batches.epoch, batches.size = self.learn.epoch, self._recipe.size_at(self.learn.epoch)
