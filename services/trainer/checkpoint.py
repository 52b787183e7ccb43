"""A training run that can be killed: its whole state after every epoch, written whole or not at all."""

import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
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

    def __init__(self, folder: Path, recipe: Recipe, photos: str, average: MovingAverage) -> None:
        """`photos`: the digest of what is trained on."""
        self._path, self._recipe, self._photos, self._average = folder / NAME, recipe, photos, average
        self._trained = False

    def before_train(self) -> None:
        """Note that this epoch is trained: those before a resumed one are passed over, yet end like any other."""
        self._trained = True

    def after_epoch(self) -> None:
        """Save, unless nothing was trained, the head alone was, or this is a search for the rate."""
        trained, self._trained = self._trained, False
        if trained and self.learn.opt.frozen_idx == 0 and not hasattr(self.learn, "lr_finder"):
            optimizer = self.learn.opt.state_dict()
            hypers = [{name: _plain(value) for name, value in each.items()} for each in optimizer["hypers"]]
            state = {
                "recipe": json.dumps(self._recipe.as_json(), sort_keys=True),
                "photos": self._photos,
                "epochs": self.learn.epoch + 1,
                "model": self.learn.model.state_dict(),
                "average": self._average.state(),
                "optimizer": {"state": list(optimizer["state"]), "hypers": hypers},
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


def read_checkpoint(folder: Path, recipe: Recipe, photos: str) -> dict[str, Any] | None:
    """The state of an interrupted run in `folder`, if there is one. Raises BadModel if it is of other photos or recipe.

    With other photos, a lesion of the hold-out could be one that the network has seen.
    """
    path = folder / NAME
    if not path.exists():
        return None
    try:
        # Tensors and plain values only: nothing in the file is run.
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # Its own words advise to load the file without this protection.
        raise BadModel(f"{path}: cannot be read: it is damaged, or holds more than tensors and numbers") from error
    except (OSError, RuntimeError, EOFError, ValueError) as error:
        raise BadModel(f"{path}: cannot be read: {error}") from error
    if not isinstance(state, dict) or "recipe" not in state:
        raise BadModel(f"{path}: is no checkpoint of a training run")
    if state["recipe"] != json.dumps(recipe.as_json(), sort_keys=True):
        raise BadModel(f"{path} belongs to another recipe: name another --out, or remove it")
    if state.get("photos") != photos:
        raise BadModel(f"{path} was trained on other photos: name another --out, or remove it")
    return dict(state)


def restore(learn: Any, average: MovingAverage, state: dict[str, Any]) -> int:
    """Put the state into a learner; return the number of epochs that are done."""
    learn.model.load_state_dict(state["model"])
    learn.create_opt()
    where = next(learn.model.parameters()).device
    momenta = [_on(where, each) for each in state["optimizer"]["state"]]
    learn.opt.load_state_dict({"state": momenta, "hypers": L(state["optimizer"]["hypers"])})
    average.restore(state["average"], learn.model)
    return int(state["epochs"])


def _plain(value: Any) -> Any:
    """A number of Python: schedules leave NumPy's, which a reader of tensors and plain values refuses."""
    return value.item() if isinstance(value, np.generic) else value


def _on(device: torch.device, values: dict[str, Any]) -> dict[str, Any]:
    """What the optimizer keeps of one parameter, beside that parameter: fastai leaves it where the file was read."""
    return {name: value.to(device) if isinstance(value, torch.Tensor) else value for name, value in values.items()}
