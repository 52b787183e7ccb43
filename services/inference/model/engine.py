"""The one public entry: a loaded model, and what it predicts.

The same batch gives the same bits. On OpenVINO and on a GPU so does the same crop in any other batch; with torch on a
CPU its logits agree within 1e-4 there, because the libraries below may add in another order for another batch size.
Safe to call from several threads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from services.inference.model.backends.backend import Backend
from services.inference.model.backends.choice import REFERENCE
from services.inference.model.backends.compiled_cache import CompiledCache
from services.inference.model.backends.cuda_body import CudaBody
from services.inference.model.backends.openvino_body import OpenVinoBody
from services.inference.model.backends.torch_body import TorchBody
from services.inference.model.classifier import Classification, classify
from services.inference.model.explain import HEADS, Head
from services.inference.model.folder import ModelFolder
from services.inference.model.networks import build_body
from services.inference.model.out_of_distribution import OOD_TENSORS, FeatureDistance
from services.inference.model.preprocess import CHANNELS, Framing
from services.inference.model.weights import fill, read_tensors
from shared.contracts.enums import BackendName, LesionClass
from shared.contracts.manifest import ModelManifest, manifest_digest
from shared.errors import DeviceLost, ModelInvalid, NonFiniteActivation
from shared.imaging.geometry import Geometry, Placement, Size
from shared.imaging.map_file import ClassMap

METHOD = "grad-cam"
_DECIMALS_OF_DISTANCE = 4

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What the network says of one crop.

    `logits`: raw, before temperature, in label order. `maps`: signed evidence in logits, one per label, already rounded
    to the float16 that is stored, so that what is reported, stored and drawn agree. `backend`: who ran the body.
    `distance`: how far the photo is from those of the training, 1 being usual, already rounded to what is told; None
    where the manifest has no limits for it.
    """

    logits: tuple[float, ...]
    classification: Classification
    maps: tuple[ClassMap, ...]
    backend: str
    distance: float | None = None


class LoadedModel:
    """A model in memory on one device."""

    def __init__(
        self, manifest: ModelManifest, backend: Backend, head: Head, layer: str, *, distance: FeatureDistance | None
    ) -> None:
        self.manifest = manifest
        self.layer = layer
        self.version = manifest_digest(manifest)
        self.framing = Framing(manifest.preprocessing.resize_short_side, manifest.preprocessing.input_size)
        self._backend = backend
        self._head = head
        self._distance = distance
        self._map = self._warm_up()

    @property
    def backend(self) -> str:
        """Library, device and precision that run the body, e.g. `torch-cpu-fp32`."""
        return self._backend.name

    @property
    def backend_checked(self) -> bool:
        """Whether the manifest lists this backend as checked against the reference."""
        return self.backend in self.manifest.backends

    def predict(self, crops: Sequence[bytes]) -> list[Prediction]:
        """Predict a batch of crops (uint8 RGB, input_size x input_size x 3 bytes each), in order.

        Raises ValueError for a crop of another size, NonFiniteActivation if the network answers NaN or Inf for any,
        DeviceLost if the accelerator failed: nothing in this process can use it any more.
        """
        if not crops:
            return []
        logits, maps, distances = self._run(self._pixels(crops))
        numbers = list(zip(logits, maps, distances, strict=True))
        bad = [str(index) for index, of_one in enumerate(numbers) if not all(map(_finite, of_one))]
        if bad:
            raise NonFiniteActivation(f"NaN or Inf for {', '.join(bad)} of {len(crops)} in the batch")
        return [self._prediction(*of_one) for of_one in numbers]

    def hires(self, crops: Sequence[bytes]) -> Floats:
        """HiResCAM's signed maps [n, classes, h, w] of a batch, for comparison: those that are stored are Grad-CAM's.

        Raises as `predict`.
        """
        try:
            with torch.inference_mode():
                maps: Floats = self._head.hires(self._backend.features(self._pixels(crops))).float().cpu().numpy()
        except torch.AcceleratorError as error:
            raise DeviceLost("the accelerator reported an error") from error
        if not _finite(maps):
            raise NonFiniteActivation("NaN or Inf in the batch")
        return maps

    def geometry(self, placement: Placement) -> Geometry:
        """Where this model's maps lie in a photo."""
        return Geometry(placement, self._map, placement.input_size // self._map.width, tuple(self.manifest.labels))

    def label_index(self, label: LesionClass) -> int:
        """The position of a class in logits and maps."""
        return self.manifest.labels.index(label)

    def _pixels(self, crops: Sequence[bytes]) -> torch.Tensor:
        size = self.framing.input_size
        if any(len(crop) != size * size * CHANNELS for crop in crops):
            raise ValueError(f"a crop must hold {size} x {size} x {CHANNELS} bytes")
        return torch.frombuffer(bytearray(b"".join(crops)), dtype=torch.uint8).reshape(-1, size, size, CHANNELS)

    def _run(self, pixels: torch.Tensor) -> tuple[Floats, Floats, Floats]:
        """Logits [n, classes], maps [n, classes, h, w] and distances [n, 1], or [n, 0] where none are measured."""
        try:
            with torch.inference_mode():
                features = self._backend.features(pixels)
                logits, maps = self._head.explain(features)
                distances = logits[:, :0] if self._distance is None else self._distance.score(features)[:, None]
            return logits.float().cpu().numpy(), maps.float().cpu().numpy(), distances.cpu().numpy()
        except torch.AcceleratorError as error:
            raise DeviceLost("the accelerator reported an error") from error

    def _prediction(self, row: Floats, stack: Floats, distances: Floats) -> Prediction:
        logits = tuple(row.tolist())
        height, width = stack.shape[1:]
        with np.errstate(over="ignore"):
            stored = stack.astype(np.float16)
        if not _finite(stored):
            raise NonFiniteActivation("evidence is beyond the range of float16")
        maps = tuple(ClassMap(width, height, tuple(values.ravel().tolist())) for values in stored)
        distance = next((round(value, _DECIMALS_OF_DISTANCE) for value in distances.tolist()), None)
        return Prediction(logits, classify(logits, self.manifest), maps, self.backend, distance)

    def _warm_up(self) -> Size:
        size = self.framing.input_size
        grey = torch.full((1, size, size, CHANNELS), 128, dtype=torch.uint8)
        _, maps, _ = self._run(grey)
        return Size(width=maps.shape[3], height=maps.shape[2])


def load_model(folder: ModelFolder, *, backend: BackendName = REFERENCE, compiled: Path | None = None) -> LoadedModel:
    """Check and load a model for a backend, by default for the reference.

    `compiled`: a folder where a backend may keep what it compiles. Raises ModelInvalid where manifest and weights
    disagree.
    """
    manifest = folder.manifest
    network = build_body(manifest.architecture)
    tensors = read_tensors(folder.weights, manifest.weights.sha256)
    head = HEADS[manifest.head].from_tensors(tensors, classes=len(manifest.labels), features=network.features)
    where = torch.device(backend.device)
    distance = _distance(manifest, tensors, network.features, where)
    apart = head.TENSORS | OOD_TENSORS
    filled = fill(network.body, {name: tensor for name, tensor in tensors.items() if name not in apart})
    runner = _backend(backend, filled, manifest, compiled)
    # In float32 the last bit of a logit would depend on how many threads add it up, and a re-run could differ in it.
    exact = head.to(where, torch.float64)
    return LoadedModel(manifest, runner, exact, network.layer, distance=distance)


def _backend(name: BackendName, body: nn.Module, manifest: ModelManifest, compiled: Path | None) -> Backend:
    if name in {BackendName.OPENVINO_CPU_FP32, BackendName.OPENVINO_CPU_BF16}:
        kept = CompiledCache(compiled, manifest_digest(manifest)) if compiled else None
        return OpenVinoBody(body, manifest.preprocessing, name.precision, kept)
    device = torch.device(name.device)
    if device.type == "cuda":
        return CudaBody(body, manifest.preprocessing, device, name.precision)
    return TorchBody(body, manifest.preprocessing, device, name.precision)


def _distance(
    manifest: ModelManifest, tensors: dict[str, torch.Tensor], features: int, where: torch.device
) -> FeatureDistance | None:
    """What the manifest has limits for. Raises ModelInvalid where one of limits and statistics is without the other."""
    limits = manifest.out_of_distribution
    if limits is None:
        without_limits = sorted(OOD_TENSORS & tensors.keys())
        if without_limits:
            raise ModelInvalid(f"weights: {without_limits[0]} is given, and the manifest has no out_of_distribution")
        return None
    distance = FeatureDistance.from_tensors(tensors, features=features)
    if distance.components != limits.components:
        raise ModelInvalid(f"weights: ood.basis has {distance.components} directions, not {limits.components}")
    return distance.to(where)


def _finite(values: Floats) -> bool:
    return bool(np.isfinite(values).all())
