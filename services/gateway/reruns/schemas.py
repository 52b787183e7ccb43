"""What a campaign may be asked for, and how it is told."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.contracts.enums import (
    Decision,
    LesionClass,
    Promotion,
    Reprocess,
    RerunItemState,
    RerunState,
    SkipReason,
)
from shared.contracts.ids import IdPrefix, id_pattern
from shared.contracts.moment import Moment

MOST_CASE_IDS = 10_000
_CaseId = Annotated[str, StringConstraints(pattern=id_pattern(IdPrefix.CASE))]
_ModelId = Annotated[str, StringConstraints(pattern=id_pattern(IdPrefix.MODEL))]
_ClinicId = Annotated[str, StringConstraints(pattern=id_pattern(IdPrefix.CLINIC))]
_RerunId = Annotated[str, StringConstraints(pattern=id_pattern(IdPrefix.RERUN))]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Ratio = Annotated[float, Field(ge=0, le=1)]
_CaseIds = Annotated[list[_CaseId], Field(min_length=1, max_length=MOST_CASE_IDS)]


class RerunOrder(StrEnum):
    """Which cases come first."""

    NEWEST_FIRST = "newest_first"
    OLDEST_FIRST = "oldest_first"


class PromoteScope(StrEnum):
    """Which results are to be published."""

    ALL = "all"
    AGREEING = "agreeing"
    """Those with the decision and the label that are published now."""
    LIST = "list"


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Selector(_Input):
    """Which cases; what is named narrows together, and nothing named is every case."""

    case_ids: _CaseIds | None = None
    created_from: Moment | None = Field(default=None, description="Accepted at this time or later")
    created_until: Moment | None = Field(default=None, description="Accepted before this time")
    model_version: _Digest | None = Field(default=None, description="Version of the model whose result is published")
    decision: Decision | None = Field(default=None, description="Decision of the published result")
    label: LesionClass | None = Field(default=None, description="Most likely class of the published result")
    clinic_id: _ClinicId | None = Field(default=None, description="Cases of one clinic; for operators")
    sample: int | None = Field(
        default=None, ge=1, le=100_000, description="So many of them, drawn by a hash of case and seed: always the same"
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1)


class StopWhen(_Input):
    """When the campaign pauses by itself."""

    failure_ratio: float | None = Field(default=None, gt=0, le=1, description="Failed of those that have ended")


class NewPlan(_Input):
    """A campaign to be planned. Nothing runs before it is started."""

    target_model: _ModelId
    selector: Selector = Selector()
    reprocess: Reprocess = Reprocess.MISSING
    max_active: int = Field(default=32, ge=1, le=10_000, description="Most runs queued or at work at one time")
    order: RerunOrder = RerunOrder.NEWEST_FIRST
    stop_when: StopWhen = StopWhen()
    deadline: Moment | None = Field(default=None, description="The campaign pauses at this time")
    auto_promote: bool = Field(default=False, description="Publish the results at the end, within `max_flip_ratio`")
    max_flip_ratio: _Ratio | None = Field(default=None, description="Most changed decisions of those compared")

    @model_validator(mode="after")
    def _limit_for_publishing(self) -> Self:
        if self.auto_promote and self.max_flip_ratio is None:
            raise ValueError("auto_promote needs max_flip_ratio")
        return self


class StartRerun(_Input):
    """Which plan to start. With `digest` only if it is the plan that was seen."""

    plan_id: _RerunId
    digest: _Digest | None = None


class Promote(_Input):
    """Which results to publish. Without `max_flip_ratio` the plan's counts, if it has one."""

    scope: PromoteScope
    case_ids: _CaseIds | None = None
    max_flip_ratio: _Ratio | None = Field(default=None, description="Most changed decisions of those compared")

    @model_validator(mode="after")
    def _a_list_where_asked(self) -> Self:
        if (self.scope is PromoteScope.LIST) is not (self.case_ids is not None):
            raise ValueError("case_ids belongs to the scope list, and the scope list needs it")
        return self


class RollBack(_Input):
    """Which promotions to take back; without `case_ids` all of them."""

    case_ids: _CaseIds | None = None


class RerunCase(_Input):
    """How to run one case again; without `target_model` on the active model."""

    target_model: _ModelId | None = None
    promote: bool = Field(default=False, description="Publish the result once it is there, whatever it is")


class TargetModel(BaseModel):
    """The model that the campaign runs on."""

    id: str
    name: str
    version: str


class PlanCounts(BaseModel):
    """`not_found`: named case ids that no selected case has."""

    selected: int
    planned: int
    skipped: dict[SkipReason, int]
    not_found: int


class EstimateBasis(BaseModel):
    """What was measured: recent results of the target model, or of any model where it has none."""

    of_target_model: bool
    results: int
    device_ms_per_photo: float | None
    photos_per_s: float | None


class Estimate(BaseModel):
    """Seconds on the device and by the clock; null where nothing was measured."""

    device_seconds: float | None
    wall_s: float | None
    basis: EstimateBasis | None


class RerunLine(BaseModel):
    """A campaign. `clinic_id` is null for an operator's, `counts` and `digest` until its members are fixed."""

    id: str
    state: RerunState
    clinic_id: str | None
    target_model: TargetModel
    selector: dict[str, Any] = Field(description="As it was planned; of `case_ids` the number")
    reprocess: Reprocess
    max_active: int
    order: RerunOrder
    stop_failure_ratio: float | None
    deadline: datetime | None
    auto_promote: bool
    max_flip_ratio: float | None
    counts: PlanCounts | None
    estimate: Estimate | None
    digest: str | None
    created_at: datetime
    expires_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    stop_reason: str | None


class PlanBody(RerunLine):
    """A plan. `sample_ids`: the first cases whose turn would come."""

    sample_ids: list[str]


class RerunBody(RerunLine):
    """A campaign and how far it has come. `progress`: the share of the planned cases that have ended."""

    items: dict[RerunItemState, int]
    promotions: dict[Promotion, int]
    failures: dict[str, int] = Field(description="Failed cases by the code of their run")
    progress: float | None
    eta_s: float | None = Field(description="Seconds until all have ended, by the pace of the last minutes")
    gate_open: bool = Field(description="Whether bulk work is let in beside live work at this moment")
    live_p95_s: float | None


class RerunPage(BaseModel):
    """Newest first. `next_cursor` is null on the last page."""

    items: list[RerunLine]
    next_cursor: str | None


class Promoted(BaseModel):
    """`left`: asked for, but published before, or without a result. `conflicts`: they publish something else by now."""

    promoted: int
    conflicts: int
    left: int


class RolledBack(BaseModel):
    """`left`: asked for, but not promoted. `conflicts`: they were given yet another result since."""

    rolled_back: int
    conflicts: int
    left: int
