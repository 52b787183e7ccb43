"""How a network is trained: every number of a run in one value that is written beside its results."""

from dataclasses import asdict, dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import TypeAdapter, ValidationError

from services.trainer.augment import Augmentation
from services.trainer.faults import BadModel, BadOption
from services.trainer.network import POOL_LINEAR, HeadKind

Precision = Literal["bf16", "fp32"]
Schedule = Literal["auto", "one-cycle", "fine-tune"]
RECIPE = "recipe.json"


@dataclass(frozen=True, slots=True)
class Stage:
    """Some epochs at one size of view."""

    epochs: int
    size: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `EPOCHSxSIZE`, such as `14x96`. Raises BadOption."""
        epochs, _, size = text.partition("x")
        if not (epochs.isdecimal() and size.isdecimal() and int(epochs) > 0 and 32 <= int(size) <= 512):  # noqa: PLR2004
            raise BadOption(f"stage {text!r}: expected EPOCHSxSIZE with a size of 32 to 512, such as 14x96")
        return cls(int(epochs), int(size))


@dataclass(frozen=True, slots=True)
class Recipe:
    """`rate`: peak learning rate of one cycle. `balance`: photos are drawn with weight n^-balance of their class."""

    architecture: str = "resnet50"
    head: HeadKind = POOL_LINEAR
    pretrained: str = "none"
    schedule: Schedule = "auto"
    stages: tuple[Stage, ...] = (Stage(12, 80), Stage(10, 112), Stage(6, 144))
    canvas: int = 224
    resize: int = 208
    crop: int = 192
    batch: int = 64
    rate: float = 0.1
    weight_decay: float = 5e-3
    smoothing: float = 0.05
    mixup: float = 0.0
    balance: float = 0.5
    ema: float = 0.998
    precision: Precision = "bf16"
    judge_every: int = 4
    seed: int = 0
    fold: int = 0
    folds: int = 10
    mean: tuple[float, float, float] = (0.763, 0.546, 0.570)
    std: tuple[float, float, float] = (0.141, 0.152, 0.169)
    augmentation: Augmentation = field(default_factory=Augmentation)

    @property
    def epochs(self) -> int:
        return sum(stage.epochs for stage in self.stages)

    @property
    def fine_tuned(self) -> bool:
        """The head first, then the body more slowly; else all at one rate, as from random values or to train longer."""
        return self.schedule == "fine-tune" or (self.schedule == "auto" and self.pretrained != "none")

    def size_at(self, epoch: int) -> int:
        """The size of view in an epoch, counted from 0; the last stage's after the end."""
        ends = accumulate(stage.epochs for stage in self.stages)
        sizes = (stage.size for stage, end in zip(self.stages, ends, strict=True) if epoch < end)
        return next(sizes, self.stages[-1].size)

    def as_json(self) -> dict[str, Any]:
        """Plain values, for `recipe.json` and to tell whether a checkpoint belongs to it."""
        return asdict(self)


def read_recipe(path: Path) -> Recipe:
    """Read what `as_json` gave. Raises BadModel if the file is not that."""
    try:
        return TypeAdapter(Recipe).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise BadModel(f"{path}: no recipe of a training run: {error}") from error
