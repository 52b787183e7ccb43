"""What the life cycle takes and gives: frozen values, so that no caller holds a row that another changes."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from shared.contracts.enums import RunQueue
from shared.db.models import Case, Run


@dataclass(frozen=True, slots=True)
class NewCase:
    """A photo whose bytes lie in the object store already.

    `described` holds the caller's columns: client_ref, subject_ref, lesion_ref, body_site, age, sex, captured_at,
    modality, deadline_at. `traceparent` (W3C) names the request's span, where its trace is kept.
    """

    case_id: str
    clinic_id: str
    model_version_id: str
    incoming_key: str
    source_sha256: str
    source_bytes: int
    source_media_type: str
    described: dict[str, Any] = field(default_factory=dict)
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class CleanImage:
    """The stored photo: upright, sRGB, without metadata. Width and height in pixels."""

    key: str
    sha256: str
    media_type: str
    width: int
    height: int

    def columns(self) -> dict[str, Any]:
        return {f"image_{name}": value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """A run that this worker holds until its lease ends, and what it needs to know of the case.

    `suspect`: its last attempt ended in a lapsed lease. It may be what ended the worker.
    """

    run_id: str
    case_id: str
    clinic_id: str
    model_version_id: str
    queue: RunQueue
    fence: int
    attempts: int
    max_attempts: int
    is_first: bool
    suspect: bool
    modality: str
    measure_faithfulness: bool
    source_media_type: str
    incoming_key: str | None
    image: CleanImage | None
    traceparent: str | None

    @classmethod
    def of(cls, run: Run, case: Case) -> Self:
        return cls(
            run_id=run.id,
            case_id=case.id,
            clinic_id=case.clinic_id,
            model_version_id=run.model_version_id,
            queue=RunQueue(run.queue),
            fence=run.fence,
            attempts=run.attempts,
            max_attempts=run.max_attempts,
            is_first=case.first_run_id == run.id,
            suspect=run.lapsed,
            modality=case.modality,
            measure_faithfulness=case.measure_faithfulness,
            source_media_type=case.source_media_type,
            incoming_key=case.incoming_key,
            image=_image_of(case),
            traceparent=run.traceparent,
        )


def _image_of(case: Case) -> CleanImage | None:
    if case.image_key is None:
        return None
    assert case.image_sha256 and case.image_media_type and case.image_width and case.image_height  # noqa: S101, PT018
    return CleanImage(
        key=case.image_key,
        sha256=case.image_sha256,
        media_type=case.image_media_type,
        width=case.image_width,
        height=case.image_height,
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run found. A refusal has no decision, and then no probabilities either."""

    model: dict[str, Any]
    notice: str
    quality: dict[str, Any]
    provenance: dict[str, Any]
    reasons: list[dict[str, Any]] = field(default_factory=list)
    decision: str | None = None
    label: str | None = None
    probabilities: dict[str, float] | None = None
    logits: list[float] | None = None
    malignancy: float | None = None
    thresholds: dict[str, Any] | None = None
    out_of_distribution: dict[str, Any] | None = None
    explanation: dict[str, Any] | None = None

    def columns(self) -> dict[str, Any]:
        return {column.name: getattr(self, column.name) for column in fields(self)}
