"""What an evaluation is asked to do."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from services.trainer.canvases import Progress, quiet
from services.trainer.split import FOLDS

Part = Literal["hold-out", "validation", "all"]


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationOptions:
    """`out` is replaced as a whole if it holds an earlier report. `seed`, `fold` and `folds` name the hold-out.

    `phone_photos`: a folder with labels.csv and photos taken without a dermatoscope. `masks`: a folder with
    `<image_id>_segmentation.png`, one bit, as large as the photo; `masks/` beside the data is used if it is there.
    `bootstrap`: how many resamples. `explained`: for how many photos, chosen by seed, explanations are tried out.
    """

    model: Path
    data: Path
    out: Path
    phone_photos: Path | None = None
    masks: Path | None = None
    part: Part = "hold-out"
    seed: int = 0
    fold: int = 0
    folds: int = FOLDS
    bootstrap: int = 1000
    explained: int = 200
    progress: Progress = quiet
