"""The route that erases a case."""

from fastapi import APIRouter

from services.gateway.cases.endpoints import CaseId
from services.gateway.clinics.auth import CallerDep, WriterDep
from services.gateway.dependencies import PartsDep
from services.gateway.erasures import service
from services.gateway.erasures.schemas import ErasureBody
from services.gateway.http_errors import declared

router = APIRouter(prefix="/v1/cases", tags=["cases"])


@router.delete(
    "/{case_id}",
    operation_id="erase_case",
    status_code=202,
    responses=declared(
        "unauthenticated", "forbidden", "validation", "not_found", "database_unavailable", "internal_error"
    ),
    summary="Erase a case, whatever its state",
)
def erase_case(case_id: CaseId, tenant: WriterDep, caller: CallerDep, parts: PartsDep) -> ErasureBody:
    """Blank the record at once and for good; the objects are removed soon afterwards.

    Sent again it changes nothing, and tells how far that is. To a device the case is not there any more by then.
    """
    return service.erase(parts, tenant, case_id, caller.key_id)
