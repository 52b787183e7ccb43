"""fastai's Learner around a network, a split and a recipe."""

from functools import partial
from typing import Any

import numpy as np
import torch
from fastai.callback import schedule as _schedule  # noqa: F401 - adds fit_one_cycle, fine_tune and lr_find to Learner
from fastai.callback.channelslast import ChannelsLast
from fastai.callback.mixup import MixUp
from fastai.data.core import DataLoaders
from fastai.learner import Learner
from fastai.losses import LabelSmoothingCrossEntropyFlat
from fastai.metrics import AccumMetric
from fastai.optimizer import SGD
from torch import Tensor, nn

from services.trainer import metrics
from services.trainer.ema import MovingAverage
from services.trainer.judging import JudgeEvery
from services.trainer.precision import Bfloat16
from services.trainer.recipe import Recipe
from services.trainer.stages import Stages


def build_learner(
    model: nn.Sequential, loaders: DataLoaders, recipe: Recipe, average: MovingAverage, callbacks: list[Any]
) -> Learner:
    """A Learner with two groups of parameters, body and head, so that the body can be frozen or trained more slowly."""
    own: list[Any] = [ChannelsLast(), Stages(recipe), JudgeEvery(recipe.judge_every), average, *callbacks]
    if recipe.precision == "bf16":
        own.append(Bfloat16())
    if recipe.mixup > 0:
        own.append(MixUp(recipe.mixup))
    return Learner(
        loaders,
        model,
        loss_func=LabelSmoothingCrossEntropyFlat(eps=recipe.smoothing),
        opt_func=partial(SGD, mom=0.9),
        splitter=_body_and_head,
        metrics=_metrics(),
        cbs=own,
        wd=recipe.weight_decay,
        wd_bn_bias=False,
        train_bn=True,
    )


def _body_and_head(model: nn.Sequential) -> list[list[nn.Parameter]]:
    return [list(model[0].parameters()), list(model[1].parameters())]


def _metrics() -> list[Any]:
    named = {
        "balanced": metrics.balanced_accuracy,
        "accuracy": metrics.accuracy,
        "auroc": metrics.malignant_auroc,
    }
    return [AccumMetric(partial(_measured, measure), flatten=False, name=name) for name, measure in named.items()]


def _measured(measure: Any, logits: Tensor, targets: Tensor) -> float:
    probabilities = torch.softmax(logits.double(), dim=1).numpy()
    return float(measure(probabilities, targets.numpy().astype(np.int64)))
