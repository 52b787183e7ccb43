"""A training run that can be killed: its whole state after every epoch, written whole or not at all."""

import json
import os
from pathlib import Path
from typing import Any

import torch
from fastai.callback.core import Callback
from fastcore.foundation import L

from services.trainer.ema import MovingAverage
from services.trainer.faults import BadModel, TrainerFault
from services.trainer.recipe import Recipe

NAME = "checkpoint.pt"


class Checkpoints(Callback):  # type: ignore[misc]  # fastai has no types
    """Saves model, average, optimizer and the number of finished epochs into `folder`."""

    order = 95  # after the average has been taken

    def __init__(self, folder: Path, recipe: Recipe, average: MovingAverage) -> None:
        self._path, self._recipe, self._average = folder / NAME, recipe, average

    def after_epoch(self) -> None:
        """Save, unless this is a warm-up of the head alone or a search for the rate."""
        if self.learn.opt.frozen_idx == 0 and not hasattr(self.learn, "lr_finder"):
            optimizer = self.learn.opt.state_dict()
            state = {
                "recipe": json.dumps(self._recipe.as_json(), sort_keys=True),
                "epochs": self.learn.epoch + 1,
                "model": self.learn.model.state_dict(),
                "average": self._average.state(),
                "optimizer": {"state": list(optimizer["state"]), "hypers": [dict(each) for each in optimizer["hypers"]]},
            }
            write_whole(self._path, state)


def write_whole(path: Path, state: dict[str, Any]) -> None:
    """Write beside, then rename. Raises TrainerFault, with the old file still there, if the disk is full."""
    beside = path.with_suffix(".part")
    try:
        with beside.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    except (OSError, RuntimeError) as error:
        beside.unlink(missing_ok=True)
        raise TrainerFault(f"{path}: the checkpoint cannot be written: {error}") from error


def read_checkpoint(folder: Path, recipe: Recipe) -> dict[str, Any] | None:
    """The state of an interrupted run in `folder`, if there is one. Raises BadModel if it is another recipe's."""
    path = folder / NAME
    if not path.exists():
        return None
    try:
        # Tensors and plain values only: nothing in the file is run.
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError) as error:
        raise BadModel(f"{path}: cannot be read: {error}") from error
    if state["recipe"] != json.dumps(recipe.as_json(), sort_keys=True):
        raise BadModel(f"{path} belongs to another recipe: name another --out, or remove it")
    return state


def restore(learn: Any, average: MovingAverage, state: dict[str, Any]) -> int:
    """Put the state into a learner; return the number of epochs that are done."""
    learn.model.load_state_dict(state["model"])
    learn.create_opt()
    learn.opt.load_state_dict({"state": state["optimizer"]["state"], "hypers": L(state["optimizer"]["hypers"])})
    average.restore(state["average"], learn.model)
    return int(state["epochs"])
