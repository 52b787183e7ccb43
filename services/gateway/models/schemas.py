"""What a model looks like from outside: what its manifest says for people to judge it by."""

from datetime import datetime

from pydantic import BaseModel, Field

from shared.contracts.enums import LesionClass, Modality, ModelState
from shared.contracts.manifest import Metric, OutOfDistribution, Thresholds, TrainingData


class ModelLine(BaseModel):
    """A model in a list. `version` is the digest of its manifest."""

    id: str
    name: str
    version: str
    state: ModelState
    created_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None


class ModelPage(BaseModel):
    """Newest first. `next_cursor` is null on the last page."""

    items: list[ModelLine]
    next_cursor: str | None


class ModelBody(ModelLine):
    """A model and what its manifest says. `active_model_id`: the one that new cases are given to at this moment."""

    active_model_id: str | None
    status: str
    intended_use: str
    modalities: list[Modality]
    architecture: str
    head: str
    input_size: int = Field(description="Pixels on each side of what the network sees")
    labels: list[LesionClass]
    malignant_labels: list[LesionClass]
    temperature: float
    thresholds: Thresholds
    out_of_distribution: OutOfDistribution | None
    backends: list[str] = Field(description="What it was compared with the reference on; workers take nothing else")
    metrics: list[Metric]
    training_data: list[TrainingData]
    weights_sha256: str
    weights_format: str
