"""An exponential moving average of the weights, which is what is judged and shipped."""

from typing import Any

from fastai.callback.core import Callback
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from services.trainer.faults import TrainerFault


class MovingAverage(Callback):  # type: ignore[misc]  # fastai has no types
    """Averages after each step (decay a step), and stands in for the model while it is validated.

    The decay warms up, so that the first steps' random weights are soon forgotten.
    """

    order = 90  # after the optimizer's step and whatever schedules it

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self.average: AveragedModel | None = None
        self._steps = 0
        self._trained: dict[str, Any] | None = None

    def before_fit(self) -> None:
        """Begin with a copy of the model."""
        if self.average is None:
            self.average = self._copy_of(self.learn.model)

    def after_step(self) -> None:
        """Take the new weights in."""
        average = self._begun()
        self._steps += 1
        decay = min(self.decay, (1 + self._steps) / (10 + self._steps))
        average.multi_avg_fn = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
        average.update_parameters(self.learn.model)

    def before_validate(self) -> None:
        """Judge the average."""
        average = self._begun()
        self._trained = {name: value.clone() for name, value in self.learn.model.state_dict().items()}
        self.learn.model.load_state_dict(average.module.state_dict())

    def after_validate(self) -> None:
        """Go on with the weights that are trained."""
        if self._trained is not None:
            self.learn.model.load_state_dict(self._trained)
            self._trained = None

    def state(self) -> dict[str, Any]:
        """What a checkpoint has to hold."""
        return {"model": self._begun().module.state_dict(), "steps": self._steps}

    def network(self) -> nn.Sequential:
        """The averaged body and head. Raises TrainerFault before the first epoch."""
        network = self._begun().module
        if not isinstance(network, nn.Sequential):
            raise TrainerFault(f"the averaged network is a {type(network).__name__}, not body and head")
        return network

    def restore(self, state: dict[str, Any], model: nn.Module) -> None:
        """Go on from a checkpoint."""
        self.average = self._copy_of(model)
        self.average.module.load_state_dict(state["model"])
        self.average.n_averaged.fill_(max(1, int(state["steps"])))
        self._steps = int(state["steps"])

    def _copy_of(self, model: nn.Module) -> AveragedModel:
        average_of = get_ema_multi_avg_fn(self.decay)  # type: ignore[no-untyped-call]
        return AveragedModel(model, multi_avg_fn=average_of, use_buffers=True)

    def _begun(self) -> AveragedModel:
        if self.average is None:
            raise TrainerFault("no epoch has begun: there is no average yet")
        return self.average
