"""What to make of a finished run."""

from dataclasses import dataclass
from pathlib import Path

from services.inference.model.preprocess import Framing
from services.trainer.about import About
from services.trainer.rounding import Precision


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """`framing` None: as the recipe judged. `correct_prior`: return probabilities to the classes' own shares."""

    run: Path
    out: Path
    name: str
    about: About
    precision: Precision = "int8"
    correct_prior: bool = True
    framing: Framing | None = None
