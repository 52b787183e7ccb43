"""Whether maps depend on what was learned: the weights are forgotten part by part (arXiv 1810.03292, cascading).

From the head down, each part gets fresh random values. The rank correlation with the original maps has to fall; a
method whose maps survive shows edges of the photo, not what the network knows. Signed maps of the class that the
original named.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save as safetensors_bytes
from torch import Tensor

from services.inference.model.engine import load_model
from services.inference.model.folder import ModelFolder
from services.inference.model.networks import build_body
from services.inference.model.weights import read_tensors
from services.trainer.canvases import Pixels, Progress
from services.trainer.evaluation.intervals import Resamples, mean_over
from services.trainer.evaluation.predictions import Predictions, predict_crops
from services.trainer.metrics import Floats

DRAWS = 3  # a single random network may happen to agree
_STATISTICS = "ood"

Values = npt.NDArray[np.floating]


def randomised(
    folder: ModelFolder, crops: Sequence[Pixels], original: Predictions, progress: Progress
) -> dict[str, Floats]:
    """Part by part, from the head down, the correlations of each crop's map with the original's, [n, draws].

    NaN where a map is the same everywhere and has no ranks.
    """
    tensors = read_tensors(folder.weights, folder.manifest.weights.sha256)
    steps = [(part, draw) for draw in range(DRAWS) for part in parts(folder, tensors)]
    found: dict[str, list[list[float]]] = {}
    forgotten: dict[str, Tensor] = {}
    for part, draw in progress(steps, len(steps)):
        if part == steps[0][0]:
            forgotten = dict(tensors)
        for name in _names(part, folder, tensors):
            forgotten[name] = fresh(name, tensors[name], draw)
        maps = Predictions.collect(predict_crops(load_model(_packed(folder, forgotten)), crops)).maps
        pairs = zip(original.maps, maps, original.labels, strict=True)
        found.setdefault(part, []).append([rank_correlation(mine[c], theirs[c]) for mine, theirs, c in pairs])
    return {part: np.array(values).T for part, values in found.items()}


def parts(folder: ModelFolder, tensors: dict[str, Tensor]) -> list[str]:
    """`head`, then the body's parts that have values, from the last to the first."""
    tops = {name.partition(".")[0] for name in tensors}
    body = [name for name, _ in build_body(folder.manifest.architecture).body.named_children()]
    return ["head", *(name for name in reversed(body) if name in tops)]


def fresh(name: str, tensor: Tensor, draw: int) -> Tensor:
    """New values: normal with He's variance for weights, a normalisation that changes nothing, no bias."""
    if tensor.dim() > 1:
        seed = int.from_bytes(hashlib.sha256(f"{draw} {name}".encode()).digest()[:4])
        values = torch.randn(tensor.shape, generator=torch.Generator().manual_seed(seed))
        return values.mul_((2 / tensor[0].numel()) ** 0.5)
    return torch.ones(tensor.shape) if name.endswith(("weight", "var")) else torch.zeros(tensor.shape)


def summary(found: dict[str, Floats], lesions: Sequence[str], *, bootstrap: int, seed: int) -> list[dict[str, Any]]:
    """The mean correlation after each part, with an interval by lesion; before any, it is 1."""
    resamples = Resamples(lesions, count=bootstrap, seed=seed)
    rows = []
    for part, values in found.items():
        known = ~np.isnan(values)
        means = np.where(known, values, 0.0).sum(axis=1) / np.where(known.any(axis=1), known.sum(axis=1), np.nan)
        figure = resamples.figure(mean_over(means), int((~np.isnan(means)).sum()))
        rows.append({"part": part, "correlation": figure.as_json()})
    return rows


def rank_correlation(one: Values, other: Values) -> float:
    """Spearman's; NaN for a map without differences."""
    first, second = _ranks(one.ravel()), _ranks(other.ravel())
    if not (np.ptp(first) > 0 and np.ptp(second) > 0):
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def _ranks(values: Values) -> Floats:
    """Equal values share the mean of their places."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[which], dtype=np.float64)


def _names(part: str, folder: ModelFolder, tensors: dict[str, Tensor]) -> Iterator[str]:
    body = {name for name, _ in build_body(folder.manifest.architecture).body.named_children()}
    for name in tensors:
        top = name.partition(".")[0]
        if top == part or (part == "head" and top not in body and top != _STATISTICS):
            yield name


def _packed(folder: ModelFolder, tensors: dict[str, Tensor]) -> ModelFolder:
    content = safetensors_bytes({name: tensor.contiguous() for name, tensor in tensors.items()})
    given = {"sha256": hashlib.sha256(content).hexdigest(), "format": "safetensors"}
    weights = folder.manifest.weights.model_copy(update=given)
    return ModelFolder(folder.manifest.model_copy(update={"weights": weights}), content)
