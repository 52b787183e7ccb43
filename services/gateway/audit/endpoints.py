"""The operator's route to the audit."""

from fastapi import APIRouter

from services.gateway.audit import service
from services.gateway.audit.schemas import AuditBody
from services.gateway.clinics.auth import OperatorDep
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared

router = APIRouter(prefix="/v1/audit", tags=["operation"])


@router.get(
    "",
    operation_id="get_audit",
    responses=declared("unauthenticated", "forbidden", "database_unavailable", "internal_error"),
    summary="Accepted, open and terminal cases of every clinic, and whatever must not be",
)
def get_audit(_: OperatorDep, parts: PartsDep) -> AuditBody:
    return service.audit(parts.database)
