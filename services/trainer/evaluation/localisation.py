"""Whether the evidence lies on the lesion: energy inside its mask, and the pointing game.

Most lesions lie in the middle of the photo, so a map that always pointed there would score well. Every figure stands
beside what such a map scores: the lesion's own area (evidence spread evenly), a Gaussian at the centre, the centre.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from services.trainer.evaluation.intervals import Resamples, mean_over
from services.trainer.evaluation.masks import Mask
from services.trainer.metrics import Floats

GAUSSIAN_DEVIATION = 0.25  # as a share of the crop's side
# The columns of a table of crops, in order.
ENERGY, AREA, GAUSSIAN, POINTED, CENTRE = range(5)
NAMES = ("energy_inside", "area", "gaussian_energy", "pointing_game", "centre_pointing")

Map = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Localisation:
    """Of each crop energy, area, Gaussian, pointed and centre, [n, 5]; NaN where the map has no positive evidence."""

    values: Floats
    lesions: Sequence[str]

    def as_json(self, *, bootstrap: int, seed: int) -> dict[str, Any]:
        """The means with intervals by lesion, and the differences from each baseline, paired by crop."""
        resamples = Resamples(self.lesions, count=bootstrap, seed=seed)
        columns = {name: self.values[:, index] for index, name in enumerate(NAMES)}
        columns["energy_minus_area"] = self.values[:, ENERGY] - self.values[:, AREA]
        columns["energy_minus_gaussian"] = self.values[:, ENERGY] - self.values[:, GAUSSIAN]
        columns["pointing_minus_centre"] = self.values[:, POINTED] - self.values[:, CENTRE]
        return {
            "photos": len(self.values),
            "lesions": len(set(self.lesions)),
            "empty_maps": int(np.isnan(self.values[:, ENERGY]).sum()),
            **{
                name: resamples.figure(mean_over(values), int((~np.isnan(values)).sum())).as_json()
                for name, values in columns.items()
            },
        }


def located(evidence: Map, mask: Mask) -> tuple[float, float, float, float, float]:
    """One row of the table, for a signed map [h, w] and a mask of the same crop [size, size]."""
    height, width = evidence.shape
    inside = cell_shares(mask, height, width)
    empty = not (evidence > 0).any()
    return (
        energy_inside(evidence, inside),
        float(mask.mean()),
        energy_inside(centre_gaussian(height, width), inside),
        float("nan") if empty else float(_pointed(evidence, mask)),
        float(mask[mask.shape[0] // 2, mask.shape[1] // 2]),
    )


def cell_shares(mask: Mask, height: int, width: int) -> Floats:
    """The share of each map cell that the lesion fills, [h, w]."""
    picture = Image.fromarray(mask.astype(np.float32))
    return np.asarray(picture.resize((width, height), Image.Resampling.BOX), dtype=np.float64)


def energy_inside(evidence: Map, inside: Floats) -> float:
    """The share of the positive evidence that lies in the lesion, each cell's spread evenly over it; NaN if none is."""
    positive = np.maximum(evidence, 0).astype(np.float64)
    total = positive.sum()
    return float((positive * inside).sum() / total) if total > 0 else float("nan")


def centre_gaussian(height: int, width: int) -> Floats:
    """A bell in the middle of the crop on the map's own cells, [h, w]."""
    down, across = (((np.arange(side) + 0.5) / side - 0.5) / GAUSSIAN_DEVIATION for side in (height, width))
    return np.asarray(np.exp(-(down[:, None] ** 2 + across[None, :] ** 2) / 2))


def _pointed(evidence: Map, mask: Mask) -> bool:
    """Whether the middle of the strongest cell lies on the lesion (arXiv 1608.00507, without its margin)."""
    row, column = divmod(int(evidence.argmax()), evidence.shape[1])
    y, x = (
        int((at + 0.5) / cells * side)
        for at, cells, side in zip((row, column), evidence.shape, mask.shape, strict=True)
    )
    return bool(mask[y, x])
