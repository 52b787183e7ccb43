"""What a model folder says about itself: the one description of a model that every service reads.

A model's version is the digest of its manifest, so everything that can change a result or its wording stands in it.
This module parses and digests. It opens no weights and decides nothing.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from shared.contracts.enums import Decision, LesionClass, Modality, PhotoMeasure

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Channels = tuple[float, float, float]
Sentence = Annotated[str, Field(min_length=1, max_length=600)]
_MOST_TOLD = 5
_LONGEST_STEP = 64
_SHARES_WITHIN = 0.01

# A backstop, not a proof: the words of a model are reviewed by people. These were never meant by a research model.
FALSE_COMFORT = (
    "no doctor",
    "no need to see",
    "not need to see",
    "not need a doctor",
    "need no doctor",
    "no medical attention",
    "nothing to worry",
    "no cause for concern",
    "all clear",
    "you are healthy",
    "is harmless",
    "is benign",
)


class FieldFault(NamedTuple):
    """Where a manifest is not one: the way to the field, a code, and a message without the field's value."""

    loc: tuple[str, ...]
    code: str
    message: str


class ManifestInvalid(ValueError):
    """The manifest does not say what a manifest has to say. The message names the field, never its value."""

    def __init__(self, faults: Sequence[FieldFault]) -> None:
        told = (f"{'.'.join(fault.loc) or 'manifest'}: {fault.message}" for fault in faults[:_MOST_TOLD])
        super().__init__("; ".join(told))
        self.faults = tuple(faults)


class ReasonCode(StrEnum):
    """Why a decision or a refusal was what it was. Machine-readable; the words for people are in the manifest."""

    MALIGNANCY_HIGH = "malignancy_high"
    MALIGNANCY_LOW = "malignancy_low"
    MALIGNANCY_BETWEEN = "malignancy_between"
    OUTSIDE_VALIDATED_USE = "outside_validated_use"
    TOO_SMALL = "too_small"
    TOO_BLURRED = "too_blurred"
    TOO_DARK = "too_dark"
    GLARE = "glare"
    NOT_A_LESION = "not_a_lesion"
    UNLIKE_TRAINING = "unlike_training"


_BY_PIXELS = frozenset({ReasonCode.TOO_BLURRED, ReasonCode.TOO_DARK, ReasonCode.GLARE})
_BY_DISTANCE = frozenset({ReasonCode.NOT_A_LESION, ReasonCode.UNLIKE_TRAINING})


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Preprocessing(_Part):
    """From the upright sRGB photo to the network's input: short side to `resize_short_side`, then the centre square."""

    id: str = Field(pattern=r"^[a-z0-9.-]{1,64}$")
    resize_short_side: int = Field(ge=8, le=1024)
    input_size: int = Field(ge=8, le=1024)
    resample: Literal["bilinear-antialias"]
    mean: Channels
    std: Channels

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.input_size > self.resize_short_side:
            raise ValueError("input_size is larger than resize_short_side")
        if min(self.std) <= 0:
            raise ValueError("std must be positive")
        return self


class Thresholds(_Part):
    """Bands on the malignancy score: from `refer` up refer, below `no_refer` no_refer, between them review."""

    refer: Share
    no_refer: Share
    rule: Sentence
    fitted_on: Sentence
    fitted_at: date
    preliminary: bool

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.no_refer > self.refer:
            raise ValueError("no_refer is above refer")
        return self


class PixelLimits(_Part):
    """Limits of what is measured of grey (0 to 255) in the photo's centre square, at 192 pixels a side.

    Less sharp than `min_sharpness` (variance of the 4-neighbour Laplacian of grey in percent of its mean) is too
    blurred. A mean below `min_mean_grey`, or more pixels below 15 than `max_dark_share`, is too dark. More pixels above
    245 than `max_glare_share` is glare. None of them may say anything about the colour of skin.
    """

    min_sharpness: float = Field(ge=0.0)
    min_mean_grey: float = Field(ge=0.0, le=255.0)
    max_dark_share: Share
    max_glare_share: Share
    rule: Sentence
    fitted_on: Sentence


class Quality(_Part):
    """What a photo has to be before the network sees it. Without `pixels` only its size counts."""

    min_side_px: int = Field(ge=1)
    pixels: PixelLimits | None = None


class OutOfDistribution(_Part):
    """Limits of a distance on the body's features: from `soft` up review, from `hard` up no result.

    `ppca`: a distance under probabilistic PCA with `components` directions; its statistics are tensors `ood.*` of the
    weights file. Over the photos that they were fitted on its mean square is 1.
    """

    method: Literal["ppca"]
    components: int = Field(ge=1)
    soft: float = Field(gt=0.0)
    hard: float
    rule: Sentence
    fitted_on: Sentence

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.soft > self.hard:
            raise ValueError("soft is above hard")
        return self


class Spread(_Part):
    """The 5th, 50th and 95th percentile of something measured."""

    p05: float
    p50: float
    p95: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.p05 <= self.p50 <= self.p95:
            raise ValueError("percentiles must rise")
        return self

    def numbers(self) -> tuple[float, float, float]:
        return (self.p05, self.p50, self.p95)


class Reference(_Part):
    """What the model answered to photos that it was not trained on, and what these measured: drift is told against it.

    `labels`: shares of those that had an answer. `measures`: of all of them, as `PixelLimits` describes each.
    """

    photos: int = Field(ge=1)
    measured_on: Sentence
    labels: dict[LesionClass, Share]
    measures: dict[PhotoMeasure, Spread]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if set(self.labels) != set(LesionClass) or abs(sum(self.labels.values()) - 1) > _SHARES_WITHIN:
            raise ValueError("labels must have a share for each class, 1 together")
        if set(self.measures) != set(PhotoMeasure):
            raise ValueError(f"measures must be exactly: {', '.join(PhotoMeasure)}")
        return self


class TrainingData(_Part):
    """What the weights have seen, and under which licence."""

    name: str
    licence: str
    attribution: Sentence
    images: int = Field(ge=0)
    notes: Sentence


class Metric(_Part):
    """One measured number. `low` and `high` are a 95 % interval where one was computed."""

    name: str
    dataset: str
    images: int = Field(ge=1)
    value: float
    low: float | None = None
    high: float | None = None


class Weights(_Part):
    """The weights file beside the manifest. `-int8`: int8 tensors with a float32 `<name>.scale` each; `-fp16`: half."""

    file: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}\.safetensors$")
    sha256: Sha256
    format: Literal["safetensors", "safetensors-fp16", "safetensors-int8"]


class Wording(_Part):
    """Every sentence about a result that a person reads. They come with the model, not from the code.

    Which `reasons` there have to be is the manifest's to say: see `possible_reasons`.
    """

    notice: Sentence
    heatmap: Sentence
    decisions: dict[Decision, Sentence]
    reasons: dict[ReasonCode, Sentence]
    classes: dict[LesionClass, Sentence]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name, said, wanted in (
            ("decisions", set(self.decisions), set(Decision)),
            ("classes", set(self.classes), set(LesionClass)),
        ):
            if said != wanted:
                raise ValueError(f"{name} must have words for exactly: {', '.join(sorted(wanted))}")
        return self

    def sentences(self) -> tuple[str, ...]:
        """Everything that may be shown, in a fixed order."""
        return (self.notice, self.heatmap, *self.decisions.values(), *self.reasons.values(), *self.classes.values())


def possible_reasons(distance: OutOfDistribution | None, pixels: PixelLimits | None) -> tuple[ReasonCode, ...]:
    """Every reason that a model can give: those of a distance, and of pixels, only where it has limits for them."""
    never = (frozenset() if distance else _BY_DISTANCE) | (frozenset() if pixels else _BY_PIXELS)
    return tuple(code for code in ReasonCode if code not in never)


class ModelManifest(_Part):
    """A model's own account of itself. Immutable; unknown fields are refused."""

    schema_version: Literal[1]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")
    architecture: str = Field(pattern=r"^[a-z0-9-]{1,64}$")
    head: Literal["pool-linear", "concat-pool-mlp"]
    labels: tuple[LesionClass, ...]
    preprocessing: Preprocessing
    modalities: tuple[Modality, ...] = Field(min_length=1)
    intended_use: Literal["research", "clinical"]
    status: Literal["development", "research", "released"]
    temperature: float = Field(gt=0.0, le=100.0)
    malignant_labels: tuple[LesionClass, ...] = Field(min_length=1)
    thresholds: Thresholds
    quality: Quality
    out_of_distribution: OutOfDistribution | None
    backends: tuple[str, ...] = Field(min_length=1)
    training_data: tuple[TrainingData, ...]
    metrics: tuple[Metric, ...]
    weights: Weights
    wording: Wording
    reference: Reference | None = None

    @field_validator("labels")
    @classmethod
    def _the_seven(cls, labels: tuple[LesionClass, ...]) -> tuple[LesionClass, ...]:
        if labels != tuple(LesionClass):
            raise ValueError(f"labels must be, in this order: {', '.join(LesionClass)}")
        return labels

    @field_validator("modalities", "malignant_labels", "backends")
    @classmethod
    def _no_repeats(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(values)) != len(values):
            raise ValueError("a value is repeated")
        return values

    @model_validator(mode="after")
    def _words_for_its_reasons(self) -> Self:
        wanted = possible_reasons(self.out_of_distribution, self.quality.pixels)
        if set(self.wording.reasons) != set(wanted):
            raise ValueError(f"wording: reasons must have words for exactly: {', '.join(sorted(wanted))}")
        return self

    @model_validator(mode="after")
    def _no_false_comfort(self) -> Self:
        if self.intended_use == "research":
            text = " ".join(self.wording.sentences()).lower()
            if any(phrase in text for phrase in FALSE_COMFORT):
                raise ValueError("wording: a research model must not say or imply that no doctor is needed")
        return self

    @model_validator(mode="after")
    def _no_nul(self) -> Self:
        if "\\u0000" in json.dumps(json_content(self)):
            raise ValueError("no text may hold a NUL: Postgres stores none")
        return self

    @property
    def digest(self) -> str:
        """The model's version: see `manifest_digest`."""
        return manifest_digest(self)


def parse_manifest(content: bytes) -> ModelManifest:
    """Read `manifest.json`. Raises `ManifestInvalid` for anything that is not exactly a manifest."""
    try:
        return ModelManifest.model_validate_json(content, strict=False)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise ManifestInvalid([_fault(item["loc"], item["type"], item["msg"]) for item in found]) from None


def _fault(loc: tuple[int | str, ...], code: str, message: str) -> FieldFault:
    return FieldFault(tuple(str(step)[:_LONGEST_STEP] for step in loc), code, message)


def json_content(manifest: ModelManifest) -> dict[str, Any]:
    """The manifest as JSON values.

    Only fields that were given are written, so an optional field added to this module later does not rename old models.
    """
    return manifest.model_dump(mode="json", exclude_unset=True)


def canonical_json(manifest: ModelManifest) -> bytes:
    """`json_content` as sorted, compact UTF-8 JSON."""
    return json.dumps(
        json_content(manifest), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def manifest_digest(manifest: ModelManifest) -> str:
    """The model's version: sha256 (hex) of `canonical_json`. Layout and key order of the file do not count."""
    return hashlib.sha256(canonical_json(manifest)).hexdigest()


def readable_json(manifest: ModelManifest) -> str:
    """The fields of `canonical_json`, laid out for people: the layout does not count for the version."""
    return json.dumps(json_content(manifest), indent=2, ensure_ascii=False) + "\n"
