"""Why the gateway turns a request down. The codes are stable; `http_errors` alone knows the status of each."""

from dataclasses import dataclass

from shared.errors import CallerError, TransientError


class Malformed(CallerError):
    """The body cannot be taken apart."""

    code = "malformed"


class Unauthenticated(CallerError):
    """No key, or one that does not (or no longer) count."""

    code = "unauthenticated"


class Forbidden(CallerError):
    """The key lacks the scope."""

    code = "forbidden"


class EnrolmentRefused(CallerError):
    """No code that counts: it is unknown, used or over. Which, nobody is told."""

    code = "enrolment_refused"

    def __init__(self) -> None:
        super().__init__("the code is unknown, used or over")


class RefreshReused(CallerError):
    """A refresh token that was followed by others came again, so that the device was signed out."""

    code = "refresh_reused"

    def __init__(self) -> None:
        super().__init__("the token was used before, so the device was signed out; enrol it again")


class NotFound(CallerError):
    """There is no such thing for this caller; another clinic's look the same."""

    code = "not_found"


class CaseErased(CallerError):
    """There was such a case, and its clinic had it erased."""

    code = "case_erased"

    def __init__(self) -> None:
        super().__init__("the case was erased")


class ConsentRequired(CallerError):
    """The clinic takes photos only with the subject's consent to its text, and there is none."""

    code = "consent_required"


class ConsentWithdrawn(CallerError):
    """The subject has withdrawn its consent, and given none since."""

    code = "consent_withdrawn"


class SubjectBeingErased(CallerError):
    """All that is stored of the subject is being erased; nothing is taken for it before that is done."""

    code = "subject_being_erased"

    def __init__(self) -> None:
        super().__init__("all that is stored of this subject is being erased")


class ArtifactNotReady(CallerError):
    """The case is there, its pictures are not (yet)."""

    code = "artifact_not_ready"


class IdempotencyInFlight(CallerError):
    """The same key is being worked on at this moment."""

    code = "idempotency_in_flight"


class IdempotencyKeyReused(CallerError):
    """The key was used for another photo or other metadata."""

    code = "idempotency_key_reused"


class TooLarge(CallerError):
    """More bytes than we take."""

    code = "too_large"


class UnsupportedMedia(CallerError):
    """Neither JPEG, PNG, WebP nor HEIC by its first bytes, or a body that is no multipart form."""

    code = "unsupported_media"


class EmptyBody(CallerError):
    """A photo of zero bytes."""

    code = "empty_body"


class RequestTimeout(CallerError):
    """The body came too slowly."""

    code = "request_timeout"


class AlreadyTerminal(CallerError):
    """The case has ended; there is nothing left to cancel."""

    code = "already_terminal"


class TooManyEndpoints(CallerError):
    """The clinic has as many webhook endpoints as it may."""

    code = "too_many_endpoints"


class EndpointDisabled(CallerError):
    """Nothing is sent to the endpoint until it is enabled."""

    code = "endpoint_disabled"


class DeliveryUnderWay(CallerError):
    """The delivery has not ended, so it cannot begin anew."""

    code = "delivery_under_way"


class BacklogFull(CallerError):
    """So much waits that one more photo would wait too long. `retry_after_s`: when asking again is worth it."""

    code = "backlog_full"

    def __init__(self, wait_s: int, retry_after_s: int) -> None:
        super().__init__(f"a photo accepted now would wait about {wait_s} s")
        self.retry_after_s = retry_after_s


class DirectUploadOff(CallerError):
    """Photos come through the gateway only."""

    code = "direct_upload_off"


class UploadConsumed(CallerError):
    """The upload became a case before."""

    code = "upload_consumed"


class UploadMissing(CallerError):
    """Nothing was uploaded by that form."""

    code = "upload_missing"


class UploadChanged(CallerError):
    """What was uploaded was replaced while it was taken."""

    code = "upload_changed"


class RateLimited(CallerError):
    """More calls in a minute than are allowed. `retry_after_s`: when the next one is."""

    code = "rate_limited"

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class WeightsMismatch(CallerError):
    """The weights are not those of the manifest."""

    code = "weights_mismatch"


class WeightsInvalid(CallerError):
    """The weights are no safetensors file that a model could be of."""

    code = "weights_invalid"


class PreconditionRequired(CallerError):
    """Without `If-Match` nobody knows what the caller believes to change."""

    code = "precondition_required"


class UnknownModel(CallerError):
    """No model of that id is registered."""

    code = "unknown_model"


class EmptySelection(CallerError):
    """No case is selected, so there is nothing to plan."""

    code = "empty_selection"


class PlanStale(CallerError):
    """The plan is not the one that the caller saw."""

    code = "plan_stale"


class PlanExpired(CallerError):
    """The plan was not started in time."""

    code = "plan_expired"


class PlanUnfinished(CallerError):
    """The members of the campaign are not all written down."""

    code = "plan_unfinished"


class NotRunning(CallerError):
    """The campaign is not at work."""

    code = "not_running"


class NotFinished(CallerError):
    """The campaign has not come to its end, so its results are not published."""

    code = "not_finished"


class FlipRatioExceeded(CallerError):
    """More decisions would change than is allowed."""

    code = "flip_ratio_exceeded"


class PromotionConflict(CallerError):
    """Every case that was asked for publishes something else by now."""

    code = "promotion_conflict"


class PromotionInFlight(CallerError):
    """Another call is publishing the campaign's results, or taking them back, at this moment."""

    code = "promotion_in_flight"


class CaseNotRerun(CallerError):
    """The case cannot be run again as it stands. Each reason has a code of its own."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code  # type: ignore[misc]  # one class for a handful of codes


class NoActiveModel(TransientError):
    """Nobody has activated a model, so nothing could be promised."""

    code = "no_active_model"


class RegistrationBusy(TransientError):
    """Another model is being taken in. One at a time: several at once would fill the disk that photos need too."""

    code = "busy"


class RendererBusy(TransientError):
    """All places for drawing pictures are taken."""

    code = "busy"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field that does not fit: where it is, what is wrong, never the value itself."""

    loc: tuple[str, ...]
    code: str
    message: str


class ValidationFailed(CallerError):
    """Well-formed, but some fields do not fit."""

    code = "validation"

    def __init__(self, detail: str, problems: list[FieldProblem]) -> None:
        super().__init__(detail)
        self.problems = problems
