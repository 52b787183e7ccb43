"""What a report says. Every number of it can be recounted from the CSV."""

from pydantic import BaseModel, Field

from services.gateway.reruns.schemas import RerunLine
from shared.contracts.enums import Promotion, RerunItemState, SkipReason


class Change(BaseModel):
    """How many cases had `before` and have `after`; the two are the same where nothing changed."""

    before: str
    after: str
    cases: int


class Distribution(BaseModel):
    """Of so many numbers: quantiles by nearest rank and the largest, to 4 digits, and counts in equal bins."""

    cases: int
    quantiles: dict[str, float]
    low: float
    high: float
    histogram: list[int]


class Verdict(BaseModel):
    """One side of a case. A refusal has the decision `rejected` and nothing else."""

    run_id: str
    decision: str
    label: str | None
    malignancy: float | None
    backend: str | None


class Shift(BaseModel):
    """A case, and the largest change of a probability in it."""

    case_id: str
    label: str
    shift: float
    before: Verdict
    after: Verdict


class Unmapped(BaseModel):
    """Labels that only one side has. `cases`: those whose label was one of them, so that it was not compared."""

    before: list[str]
    after: list[str]
    cases: int


class Origin(BaseModel):
    """What so many results of one side came from."""

    name: str | None
    version: str | None
    weights_sha256: str | None
    backend: str | None
    backend_checked: str | None
    code_revision: str | None
    results: int


class ReportSide(BaseModel):
    """`device_seconds`: the network's share, null where no result says it."""

    device_seconds: float | None
    origins: list[Origin]


class ReportBody(BaseModel):
    """A campaign beside what its cases published when it was planned."""

    rerun: RerunLine
    notice: str
    items: dict[RerunItemState, int]
    skipped: dict[SkipReason, int]
    failures: dict[str, int]
    promotions: dict[Promotion, int]
    compared: int = Field(description="Cases with a result, or a refusal, on both sides")
    first_results: int = Field(description="Cases that had none before")
    agreeing: int = Field(description="Compared cases with the same decision and the same label")
    agreement: float | None = Field(description="Share of the compared cases with the same decision")
    flips: int = Field(description="Compared cases with another decision")
    decisions: list[Change]
    labels: list[Change]
    probability_shift: Distribution | None = Field(description="Largest |after - before| over the labels of both")
    malignancy_shift: Distribution | None = Field(description="After - before")
    unmapped_labels: Unmapped
    largest_shifts: list[Shift]
    before: ReportSide
    after: ReportSide
    backends_differ: bool
    other_backend: int = Field(description="Compared cases whose two results come from two backends")
