"""The words of the product. Each is written once, here, and stored and sent as its value."""

from enum import StrEnum
from typing import Literal


class LesionClass(StrEnum):
    """The seven diagnostic classes of ISIC 2018 task 3, in the order of every logit and map that we store."""

    AKIEC = "akiec"
    BCC = "bcc"
    BKL = "bkl"
    DF = "df"
    MEL = "mel"
    NV = "nv"
    VASC = "vasc"


class CaseState(StrEnum):
    """Where a photo stands. Who moves it on is said in `shared.contracts.lifecycle`."""

    ACCEPTED = "accepted"
    PROCESSING = "processing"
    COMPLETED = "completed"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    ERASED = "erased"
    """A tombstone: id, times and the states of its runs are left, nothing of the person or the photo."""


class RunState(StrEnum):
    """Where one model's pass over one photo stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELED = "canceled"
    EXPIRED = "expired"


class RunQueue(StrEnum):
    """Live work is claimed before bulk work."""

    LIVE = "live"
    BULK = "bulk"


class Modality(StrEnum):
    """How the photo was taken."""

    DERMOSCOPY = "dermoscopy"
    CLINICAL = "clinical"
    UNKNOWN = "unknown"


class PhotoMeasure(StrEnum):
    """What is measured of every photo's pixels; the names are those of a result's `quality`."""

    SHARPNESS = "sharpness"
    MEAN_GREY = "mean_grey"
    DARK_SHARE = "dark_share"
    GLARE_SHARE = "glare_share"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class Decision(StrEnum):
    """The three bands of the answer. `review` means that a person has to look before anything is concluded."""

    REFER = "refer"
    NO_REFER = "no_refer"
    REVIEW = "review"


class EventType(StrEnum):
    """One event for each visible change of a case, and for what happens to a clinic's campaigns and endpoints."""

    CASE_ACCEPTED = "case.accepted"
    CASE_PROCESSING = "case.processing"
    CASE_COMPLETED = "case.completed"
    CASE_REJECTED = "case.rejected"
    CASE_FAILED = "case.failed"
    CASE_CANCELED = "case.canceled"
    CASE_EXPIRED = "case.expired"
    CASE_ERASED = "case.erased"
    """The only event that is left of such a case: it says that receivers have something to erase too."""
    RESULT_SUPERSEDED = "result.superseded"
    RERUN_COMPLETED = "rerun.completed"
    """Its report is there; nothing is published by that."""
    ENDPOINT_DISABLED = "endpoint.disabled"
    ENDPOINT_TEST = "endpoint.test"


class PayloadKind(StrEnum):
    """How much a webhook says: where to read the result, or the result itself."""

    THIN = "thin"
    FULL = "full"


class DisabledReason(StrEnum):
    """Why nothing is sent to an endpoint."""

    CALLER = "caller"
    """Its owner switched it off."""
    GONE = "gone"
    """It answered 410."""
    FAILING = "failing"
    """Five days of failures and not one success."""


class DeliveryState(StrEnum):
    """Where one event stands on its way to one endpoint."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"


class AttemptOutcome(StrEnum):
    """How one request to an endpoint ended."""

    DELIVERED = "delivered"
    """A 2xx came in time."""
    REFUSED = "refused"
    """Any other status, a redirect included."""
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    """No address, no connection, no TLS, or the connection broke."""
    MALFORMED = "malformed"
    """What came was no HTTP."""
    ADDRESS_REFUSED = "address_refused"
    """The name stands for an address that is not for webhooks. No connection was made."""
    NOT_SENT = "not_sent"
    """Nothing went out for a reason on our side, such as a secret that cannot be decrypted."""
    LOST = "lost"
    """The process that sent it has gone; whether the request arrived is not known."""


class ArtifactName(StrEnum):
    """What a run leaves in the object store beside its row."""

    MAP = "map"
    GEOMETRY = "geometry"
    LAYER = "layer"
    OVERLAY = "overlay"


class BackendName(StrEnum):
    """What can run the body of a network, by library, device and precision, in the order of the rule that chooses."""

    TORCH_CUDA_BF16 = "torch-cuda-bf16"
    TORCH_CUDA_FP32 = "torch-cuda-fp32"
    OPENVINO_CPU_BF16 = "openvino-cpu-bf16"
    OPENVINO_CPU_FP32 = "openvino-cpu-fp32"
    TORCH_CPU_FP32 = "torch-cpu-fp32"
    TORCH_CPU_BF16 = "torch-cpu-bf16"

    @property
    def device(self) -> Literal["cpu", "cuda"]:
        return "cuda" if "-cuda-" in self else "cpu"

    @property
    def precision(self) -> Literal["fp32", "bf16"]:
        return "fp32" if self.endswith("fp32") else "bf16"


class ModelState(StrEnum):
    CANDIDATE = "candidate"
    ACTIVE = "active"
    RETIRED = "retired"


class RerunState(StrEnum):
    """Where a campaign stands. Its members are fixed in `planning`; they are run from `running` on."""

    PLANNING = "planning"
    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELING = "canceling"
    CANCELED = "canceled"
    FINISHED = "finished"
    EXPIRED = "expired"
    """Planned, and not started in time."""


class StopReason(StrEnum):
    """Why a campaign went no further by itself."""

    FAILURE_RATIO = "failure_ratio"
    """Paused: as many of its runs failed as it was told to stop at."""
    DEADLINE = "deadline"
    """Paused: its time was over."""
    FLIP_RATIO = "flip_ratio"
    """Finished, and not promoted by itself: too many decisions would have changed."""


class RerunItemState(StrEnum):
    """Where one case of a campaign stands: as its run does, or why it has none."""

    PLANNED = "planned"
    QUEUED = "queued"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELED = "canceled"
    SKIPPED = "skipped"


class Reprocess(StrEnum):
    """Which of the selected cases a campaign runs."""

    MISSING = "missing"
    """Those without a result of this model version."""
    FAILED = "failed"
    """Those that have no result at all, because they failed or expired."""
    ALL = "all"


class SkipReason(StrEnum):
    """Why a selected case is not run, when planned or once its turn has come."""

    ALREADY_HAS_RUN = "already_has_run"
    IN_FLIGHT = "in_flight"
    """A run of this model version is queued or at work for it."""
    STILL_OPEN = "still_open"
    """Its first run has not ended."""
    CANCELED = "canceled"
    ERASED = "erased"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    """Its subject no longer agrees to be screened."""
    IMAGE_MISSING = "image_missing"
    NOT_FAILED = "not_failed"
    """It has a result, and only failed cases were asked for."""


class ConsentPurpose(StrEnum):
    """What somebody agrees to."""

    SCREENING = "screening"


class ErasureReason(StrEnum):
    """Why a case was erased."""

    REQUEST = "request"
    """Its clinic asked for this case."""
    SUBJECT = "subject"
    """Its clinic asked for all that is stored of one person."""
    RETENTION = "retention"
    """The clinic's clock."""
    RESTORE = "restore"
    """It had been erased before the backup was restored that brought it back."""


class Promotion(StrEnum):
    """What became of a campaign's result for one case."""

    PROMOTED = "promoted"
    CONFLICT = "conflict"
    """The case publishes something else by now than it did when the campaign was planned."""
    ROLLED_BACK = "rolled_back"


class Scope(StrEnum):
    """What a key may do."""

    CASES_WRITE = "cases:write"
    CASES_READ = "cases:read"
    WEBHOOKS_MANAGE = "webhooks:manage"
    RERUNS_MANAGE = "reruns:manage"
    MODELS_MANAGE = "models:manage"
    ADMIN = "admin"


class CallerKind(StrEnum):
    """Who may call."""

    CLINIC_KEY = "clinic_key"
    OPERATOR_KEY = "operator_key"
    DEVICE = "device"


class TokenKind(StrEnum):
    """The two halves of what a device is given."""

    ACCESS = "access"
    REFRESH = "refresh"


class RevokedBecause(StrEnum):
    """Why a device may call no more."""

    CLINIC = "clinic"
    LOGOUT = "logout"
    REUSE = "reuse"
    """A refresh token came a second time: two hold it, and one of them is not the device."""
