"""The route that tells a caller who it is."""

from fastapi import APIRouter

from services.gateway.clinics.auth import CallerDep
from services.gateway.clinics.repository import clinic_by_id
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
from services.gateway.me.schemas import MeBody, OwnClinic

router = APIRouter(prefix="/v1", tags=["devices"])


@router.get(
    "/me",
    operation_id="get_me",
    responses=declared("unauthenticated", "forbidden", "database_unavailable", "internal_error"),
    summary="Who calls, and what that may do",
)
def get_me(caller: CallerDep, parts: PartsDep) -> MeBody:
    """With any key or access token."""
    with parts.database.transaction() as session:
        clinic = None if caller.clinic_id is None else clinic_by_id(session, caller.clinic_id)
    return MeBody(
        kind=caller.kind,
        scopes=sorted(caller.scopes),
        clinic=None if clinic is None else OwnClinic(id=clinic.id, name=clinic.name),
        device_id=caller.device_id,
        subject_ref=caller.subject_ref,
        expires_at=caller.expires_at,
    )
