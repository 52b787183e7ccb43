"""What a case looks like from outside. Outputs have no defaults: every field is always there, null where unknown."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from shared.contracts.enums import CaseState, Decision, LesionClass, Modality, Sex


class Phase(StrEnum):
    """How far a case is, for a progress bar."""

    QUEUED = "queued"
    INFERRING = "inferring"
    DONE = "done"


class StoredImage(BaseModel):
    """The photo as it is kept: upright, sRGB, without metadata."""

    sha256: str
    width: int
    height: int
    media_type: str


class Progress(BaseModel):
    """How far, and how long still: estimates, null where nobody can tell. Neither is covered by version and ETag."""

    phase: Phase
    queue_position: int | None = Field(description="Live photos before this one, while it waits")
    estimated_wait_s: int | None = Field(description="Seconds until this photo is done, while it is open")
    cancel_requested: bool = Field(description="Asked for while it is worked on; it ends canceled or, just done, done")


class Reason(BaseModel):
    """Why: a stable code, and words for people."""

    code: str
    message: str


class Thresholds(BaseModel):
    """Bounds of `malignancy`: at or above `refer` is `refer`, below `no_refer` is `no_refer`, between is `review`."""

    refer: float
    no_refer: float


class QualityLimits(BaseModel):
    """What the model asks of a photo; null where it asks nothing."""

    min_side_px: int
    min_sharpness: float | None
    min_mean_grey: float | None
    max_dark_share: float | None
    max_glare_share: float | None


class Quality(BaseModel):
    """What was measured before the model looked: of grey (0 to 255) in the centre square at 192 pixels a side.

    Null where it was not measured, which is so for results of before it was.
    """

    accepted: bool
    short_side_px: int = Field(description="Of the stored photo")
    sharpness: float | None = Field(description="Variance of the 4-neighbour Laplacian, grey in percent of its mean")
    mean_grey: float | None
    dark_share: float | None = Field(description="Pixels with a grey below 15, 0 to 1")
    glare_share: float | None = Field(description="Pixels with a grey above 245, 0 to 1")
    limits: QualityLimits | None


class OutOfDistribution(BaseModel):
    """How unlike the training photos it is, 1 being usual: from `soft` up it is `review`, from `hard` up no result."""

    score: float
    soft: float
    hard: float


class Peak(BaseModel):
    """Where the evidence is strongest, in pixels of the stored photo; `value` in logits."""

    x: float
    y: float
    value: float


class Faithfulness(BaseModel):
    """Areas under the class's probability as pixels are taken away (deletion) or shown (insertion), strongest first.

    From 0 to 1, in twenty steps over a blurred photo (arXiv 1806.07421). A map that explains the answer has a smaller
    deletion and a larger insertion than a random one. `whole` and `blurred`: the probability at both ends.
    """

    deletion: float
    insertion: float
    random_deletion: float
    random_insertion: float
    whole: float
    blurred: float


class Explanation(BaseModel):
    """What the map shows. `empty` means that nothing speaks for the class, which is a valid answer."""

    method: str
    layer: str
    target_class: LesionClass
    peak: Peak | None
    empty: bool
    sentence: str
    faithfulness: Faithfulness | None = Field(description="Measured for a sample, and on request")


class ModelUsed(BaseModel):
    name: str
    version: str
    status: str
    weights_sha256: str
    preprocessing: str
    backend: str


class ResultBody(BaseModel):
    """What a run found. Preliminary; to be reviewed by a clinician, as `notice` says in the model's own words."""

    run_id: str
    decision: Decision
    reasons: list[Reason]
    label: LesionClass
    probabilities: dict[LesionClass, float] | None = Field(
        description="Seven classes, summing to 1 within 1e-6. Null for devices where the model was not validated for "
        "such a photo (`outside_validated_use`)"
    )
    malignancy: float | None = Field(description="Null where `probabilities` are")
    thresholds: Thresholds
    quality: Quality
    out_of_distribution: OutOfDistribution | None = Field(description="Null where the model does not measure it")
    explanation: Explanation
    model: ModelUsed
    notice: str


class Rejection(BaseModel):
    """The photo was looked at and refused: too blurred, too dark, not a lesion. There are no probabilities then."""

    reasons: list[Reason] = Field(description="All that apply: a photo may be too dark and too blurred at once")
    quality: Quality


class Failure(BaseModel):
    """The photo could not be worked on."""

    code: str
    detail: str
    attempts: int


class Links(BaseModel):
    """Paths on this server; null while there is nothing behind them."""

    self: str
    runs: str
    image: str | None
    heatmap: str | None
    layer: str | None
    overlay: str | None


class CaseBody(BaseModel):
    """One photo and what is known about it. `version` grows by one with every visible change."""

    id: str
    version: int
    state: CaseState
    created_at: datetime
    updated_at: datetime
    client_ref: str | None
    subject_ref: str | None
    lesion_ref: str | None
    body_site: str | None
    age: int | None
    sex: Sex | None
    captured_at: datetime | None
    modality: Modality
    deadline_at: datetime | None
    image: StoredImage | None
    progress: Progress
    result: ResultBody | None
    rejection: Rejection | None
    error: Failure | None
    links: Links


class CasePage(BaseModel):
    """Newest first. `next_cursor` is null on the last page."""

    items: list[CaseBody]
    next_cursor: str | None
