"""Routes that record a subject's consent, tell it, and withdraw it."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from services.gateway.clinics.auth import CallerDep, ReaderDep, WriterDep
from services.gateway.consents import service
from services.gateway.consents.schemas import (
    ConsentBody,
    ConsentList,
    NewConsent,
    SubjectRef,
    Withdrawal,
    WithdrawalBody,
)
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
from services.gateway.json_body import JSON_REFUSALS, described, read_json

router = APIRouter(prefix="/v1/subjects/{subject_ref}/consents", tags=["subjects"])

_USUAL = ("unauthenticated", "forbidden", "validation", "database_unavailable", "internal_error")


@router.post(
    "",
    operation_id="record_consent",
    status_code=201,
    response_model=ConsentBody,
    responses={
        200: {"description": "The subject's consent to this text stands already", "model": ConsentBody},
        **declared(*_USUAL, *JSON_REFUSALS, "not_found", "consent_withdrawn", "subject_being_erased"),
    },
    openapi_extra=described(NewConsent),
    summary="Record that a subject has agreed",
)
async def record_consent(request: Request, subject_ref: SubjectRef, tenant: WriterDep, caller: CallerDep) -> Response:
    """Record a consent. One that was given before a withdrawal is refused; a later one lifts it."""
    new = await read_json(request, NewConsent)
    body, is_new = await run_in_threadpool(service.record, tenant, subject_ref, new, caller.key_id)
    return JSONResponse(body.model_dump(mode="json"), 201 if is_new else 200)


@router.get("", operation_id="list_consents", responses=declared(*_USUAL, "not_found"), summary="A subject's consents")
def list_consents(subject_ref: SubjectRef, tenant: ReaderDep) -> ConsentList:
    """The latest first. A subject that nobody has named has none; for a device there is its own subject alone."""
    return service.listed(tenant, subject_ref)


@router.post(
    "/withdraw",
    operation_id="withdraw_consent",
    responses=declared(*_USUAL, *JSON_REFUSALS, "not_found", "subject_being_erased"),
    openapi_extra=described(Withdrawal),
    summary="Withdraw a subject's consent, and stop what is open",
)
async def withdraw_consent(
    request: Request, subject_ref: SubjectRef, tenant: WriterDep, caller: CallerDep, parts: PartsDep
) -> WithdrawalBody:
    """Cancel the subject's open cases, and take no photo of it before it has agreed again.

    Results that exist stay until they are erased. Sent again it changes nothing.
    """
    asked = await read_json(request, Withdrawal)
    return await run_in_threadpool(service.withdraw, parts, tenant, subject_ref, asked, caller.key_id)
