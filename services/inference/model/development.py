"""A tiny seeded model for tests. Its weights are random: every result of it says `model.status = "development"`."""

import hashlib
from datetime import date
from pathlib import Path

import torch
from safetensors.torch import save as safetensors_bytes
from torch import Tensor, nn

from services.inference.model.folder import MANIFEST
from services.inference.model.networks import Network, build_body
from services.inference.model.out_of_distribution import fit
from services.inference.model.weights import fill
from shared.contracts.enums import Decision, LesionClass, Modality
from shared.contracts.manifest import (
    ModelManifest,
    OutOfDistribution,
    PixelLimits,
    Preprocessing,
    Quality,
    Thresholds,
    Weights,
    Wording,
    canonical_json,
    possible_reasons,
)

_ARCHITECTURE = "tiny-conv"
_WEIGHTS = "model.safetensors"
_PIXELS = PixelLimits(
    min_sharpness=5.0,
    min_mean_grey=30.0,
    max_dark_share=0.5,
    max_glare_share=0.25,
    rule="None: chosen by hand, near those of a real model.",
    fitted_on="nothing",
)
_NOTICE = "Development model with random weights, for tests. It knows nothing about skin. Ask a doctor."


def write_development_model(
    folder: Path, seed: int = 0, *, name: str = "lesionlens-development", limits: OutOfDistribution | None = None
) -> ModelManifest:
    """Write manifest and weights into `folder` (made if missing). The same seed gives the same weights.

    With `limits` it also measures how unlike a photo is to random blurred colours.
    """
    content = safetensors_bytes(_tensors(seed, limits))
    manifest = _manifest(name, hashlib.sha256(content).hexdigest(), limits)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _WEIGHTS).write_bytes(content)
    (folder / MANIFEST).write_bytes(canonical_json(manifest))
    return manifest


def _tensors(seed: int, limits: OutOfDistribution | None) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    network = build_body(_ARCHITECTURE)
    tensors: dict[str, Tensor] = {}
    for key, meta in network.body.state_dict().items():
        if key.endswith("num_batches_tracked"):
            continue
        if meta.dim() > 1:
            fan_in = meta[0].numel()
            tensors[key] = torch.randn(meta.shape, generator=generator) * (2 / fan_in) ** 0.5
        else:
            tensors[key] = torch.ones(meta.shape) if key.endswith(("weight", "var")) else torch.zeros(meta.shape)
    head = _head(network, tensors, generator)
    of_distance = {} if limits is None else _statistics(network, tensors, generator, limits.components)
    return tensors | head | of_distance


def _head(network: Network, body: dict[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
    """A random head, shifted and scaled so that over random colours every class has its turn."""
    colors = torch.randn((64, 3, 1, 1), generator=generator).expand(-1, -1, 64, 64)
    with torch.inference_mode():
        pooled = fill(network.body, body)(colors).mean(dim=(2, 3))
    weight = torch.randn((len(LesionClass), network.features), generator=generator)
    logits = pooled @ weight.T
    # Rounded, so that a machine that adds in another order still writes the same file.
    scale = (2 / logits.std(dim=0)).clamp(max=10).mul(64).round().div(64)
    bias = (-logits.mean(dim=0) * scale).mul(16).round().div(16)
    return {"fc.weight": (weight * scale[:, None]).clone(), "fc.bias": bias.clone()}


def _statistics(
    network: Network, body: dict[str, Tensor], generator: torch.Generator, components: int
) -> dict[str, Tensor]:
    """Of the features of random colours that run into each other."""
    colors = torch.randn((128, 3, 5, 5), generator=generator)
    with torch.inference_mode():
        pictures = nn.functional.interpolate(colors, size=(64, 64), mode="bilinear", align_corners=True)
        return fit(fill(network.body, body)(pictures).double().mean(dim=(2, 3)), components)


def _manifest(name: str, sha256: str, limits: OutOfDistribution | None) -> ModelManifest:
    return ModelManifest(
        schema_version=1,
        name=name,
        architecture=_ARCHITECTURE,
        head="pool-linear",
        labels=tuple(LesionClass),
        preprocessing=Preprocessing(
            id="short72-crop64",
            resize_short_side=72,
            input_size=64,
            resample="bilinear-antialias",
            mean=(0.5, 0.5, 0.5),
            std=(0.25, 0.25, 0.25),
        ),
        modalities=(Modality.DERMOSCOPY,),
        intended_use="research",
        status="development",
        temperature=1.0,
        malignant_labels=(LesionClass.AKIEC, LesionClass.BCC, LesionClass.MEL),
        thresholds=Thresholds(
            refer=0.5,
            no_refer=0.2,
            rule="None: chosen by hand so that tests meet every band.",
            fitted_on="nothing",
            fitted_at=date(2026, 11, 23),
            preliminary=True,
        ),
        quality=Quality(min_side_px=32, pixels=_PIXELS),
        out_of_distribution=limits,
        backends=("torch-cpu-fp32", "torch-cuda-fp32"),
        training_data=(),
        metrics=(),
        weights=Weights(file=_WEIGHTS, sha256=sha256, format="safetensors"),
        wording=_wording(limits),
    )


def _wording(limits: OutOfDistribution | None) -> Wording:
    return Wording(
        notice=_NOTICE,
        heatmap="It shows where the model looked, not where disease is.",
        decisions={decision: f"Development model: {decision.value}. Ask a doctor." for decision in Decision},
        reasons={reason: f"Development model: {reason.value}." for reason in possible_reasons(limits, _PIXELS)},
        classes={label: f"class {label.value}" for label in LesionClass},
    )
