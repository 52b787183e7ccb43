"""The route that makes a code for a patient's device."""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from services.gateway.clinics.auth import CallerDep, EnrollerDep
from services.gateway.enrolments import service
from services.gateway.enrolments.schemas import EnrolmentBody, NewEnrolment
from services.gateway.http_errors import declared
from services.gateway.json_body import JSON_REFUSALS, described, read_json

router = APIRouter(prefix="/v1/enrolments", tags=["devices"])

_USUAL = ("unauthenticated", "forbidden", "database_unavailable", "internal_error")


@router.post(
    "",
    operation_id="create_enrolment",
    status_code=201,
    responses=declared(*_USUAL, *JSON_REFUSALS, "subject_being_erased"),
    openapi_extra=described(NewEnrolment),
    summary="Create a code by which a patient enrols a device; it is shown this once",
)
async def create_enrolment(request: Request, tenant: EnrollerDep, caller: CallerDep) -> EnrolmentBody:
    """The device may then do what `cases:read` and `cases:write` allow, for the cases of this one subject."""
    new = await read_json(request, NewEnrolment)
    return await run_in_threadpool(service.create, tenant, caller.key_id, new)
