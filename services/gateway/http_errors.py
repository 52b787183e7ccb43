"""The one table from an error's code to what the caller sees: RFC 9457 problems with stable codes.

No text of an unexpected error ever leaves the process; it is logged by type and place under the request's id.
"""

from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from services.gateway.refusals import BacklogFull, FieldProblem, RateLimited, ValidationFailed
from shared.errors import LesionlensError

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Row:
    """What HTTP says for one code."""

    status: int
    title: str
    retry_after_s: int | None = None


TABLE: Final[dict[str, Row]] = {
    "unauthenticated": Row(401, "A valid key is required"),
    "refresh_reused": Row(401, "The token was used before"),
    "enrolment_refused": Row(403, "The code does not count"),
    "forbidden": Row(403, "The key may not do this"),
    "not_found": Row(404, "Not found"),
    "direct_upload_off": Row(404, "Direct upload is not offered here"),
    "artifact_not_ready": Row(404, "There is no such picture of this case"),
    "method_not_allowed": Row(405, "Method not allowed"),
    "request_timeout": Row(408, "The body came too slowly"),
    "idempotency_in_flight": Row(409, "The same key is being worked on", retry_after_s=1),
    "upload_consumed": Row(409, "The upload was used before"),
    "upload_missing": Row(409, "Nothing was uploaded"),
    "upload_changed": Row(409, "The upload was replaced", retry_after_s=1),
    "consent_required": Row(409, "The subject's consent is required"),
    "consent_withdrawn": Row(409, "The subject has withdrawn its consent"),
    "subject_being_erased": Row(409, "The subject is being erased", retry_after_s=5),
    "too_many_endpoints": Row(409, "The clinic has as many endpoints as it may"),
    "endpoint_disabled": Row(409, "The endpoint is disabled"),
    "delivery_under_way": Row(409, "The delivery has not ended"),
    "already_terminal": Row(409, "It has ended"),
    "plan_stale": Row(409, "The plan is another one"),
    "plan_unfinished": Row(409, "The plan is not finished"),
    "not_running": Row(409, "The campaign is not at work"),
    "not_finished": Row(409, "The campaign has not finished"),
    "flip_ratio_exceeded": Row(409, "More decisions would change than is allowed"),
    "promotion_conflict": Row(409, "The cases publish something else by now"),
    "promotion_in_flight": Row(409, "Another call is publishing or taking back", retry_after_s=1),
    "case_canceled": Row(409, "The case was canceled"),
    "case_open": Row(409, "The case has not ended"),
    "image_missing": Row(409, "The photo is not stored"),
    "run_in_flight": Row(409, "A run of this model is under way"),
    "model_active": Row(409, "The model is active"),
    "case_erased": Row(410, "The case was erased"),
    "plan_expired": Row(410, "The plan was not started in time"),
    "version_mismatch": Row(412, "It has changed meanwhile"),
    "too_large": Row(413, "Too large"),
    "unsupported_media": Row(415, "Not a kind of file that is taken"),
    "malformed": Row(422, "The request cannot be taken apart"),
    "validation": Row(422, "Some fields do not fit"),
    "empty_body": Row(422, "The photo is empty"),
    "undecodable_image": Row(422, "The photo cannot be read"),
    "image_too_large": Row(422, "The photo has too many pixels"),
    "idempotency_key_reused": Row(422, "The key was used for something else"),
    "weights_mismatch": Row(422, "The weights are not those of the manifest"),
    "weights_invalid": Row(422, "The weights are no safetensors file"),
    "unknown_model": Row(422, "No such model is registered"),
    "empty_selection": Row(422, "No case is selected"),
    "precondition_required": Row(428, "If-Match is required"),
    "backlog_full": Row(429, "Too much is waiting"),
    "rate_limited": Row(429, "Too many requests"),
    "internal_error": Row(500, "Something went wrong on our side"),
    "store_unavailable": Row(503, "The object store cannot be reached", retry_after_s=2),
    "database_unavailable": Row(503, "The database cannot be reached", retry_after_s=2),
    "no_active_model": Row(503, "No model is active", retry_after_s=10),
    "busy": Row(503, "All places are taken", retry_after_s=1),
}

_UNAUTHENTICATED: Final = 401
_CODE_OF_STATUS: Final = {404: "not_found", 405: "method_not_allowed"}


class FieldError(BaseModel):
    """One field that does not fit. The value itself is never repeated."""

    loc: list[str]
    code: str
    message: str


class Problem(BaseModel):
    """An RFC 9457 problem. `code` is stable; `title` and `detail` are for people."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    errors: list[FieldError] | None = None


def declared(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries for a route that may answer with these codes, beside those that any route may."""
    by_status: dict[int, list[str]] = {}
    # Wherever a key is asked for, calls are counted.
    for code in dict.fromkeys((*codes, "rate_limited") if "unauthenticated" in codes else codes):
        by_status.setdefault(TABLE[code].status, []).append(code)
    return {
        status: {
            "description": "; ".join(f"`{code}`: {TABLE[code].title}" for code in names),
            "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, names in sorted(by_status.items())
    }


def problem(
    request: Request, code: str, detail: str, *, fields: list[FieldProblem] | None = None, status: int | None = None
) -> JSONResponse:
    """Return the answer for a code of the table."""
    row = TABLE[code]
    errors = None if fields is None else [FieldError(loc=list(f.loc), code=f.code, message=f.message) for f in fields]
    body = Problem(
        type=f"urn:lesionlens:problem:{code}",
        title=row.title,
        status=status or row.status,
        detail=detail,
        instance=request.scope["path"],
        code=code,
        request_id=request.state.request_id,
        errors=errors,
    )
    headers = {} if row.retry_after_s is None else {"Retry-After": str(row.retry_after_s)}
    if body.status == _UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        body.model_dump(exclude_none=True), status_code=body.status, headers=headers, media_type=PROBLEM_MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Answer every error of the application, the framework's included, with a problem."""
    app.add_exception_handler(LesionlensError, _domain_error)
    app.add_exception_handler(RequestValidationError, _framework_validation)
    app.add_exception_handler(HTTPException, _framework_http)


def _domain_error(request: Request, error: Exception) -> JSONResponse:
    code = error.code if isinstance(error, LesionlensError) and error.code in TABLE else "internal_error"
    if code == "internal_error":
        # A domain error without a row is a fault of ours; the middleware logs it and answers 500.
        raise error
    fields = error.problems if isinstance(error, ValidationFailed) else None
    answer = problem(request, code, str(error), fields=fields)
    if isinstance(error, BacklogFull | RateLimited):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def _framework_validation(request: Request, error: Exception) -> JSONResponse:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    fields = [
        FieldProblem(loc=tuple(str(part) for part in item["loc"]), code=str(item["type"]), message=str(item["msg"]))
        for item in found
    ]
    return problem(request, "validation", "some parameters do not fit", fields=fields)


def _framework_http(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = _CODE_OF_STATUS.get(status, "malformed" if status < 500 else "internal_error")  # noqa: PLR2004
    answer = problem(request, code, TABLE[code].title, status=status)
    if isinstance(error, HTTPException) and error.headers:
        answer.headers.update(error.headers)
    return answer
