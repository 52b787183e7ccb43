"""Erases a case once, and tells how far that is."""

from services.gateway.clinics.tenant import Tenant
from services.gateway.erasures import repository
from services.gateway.erasures.schemas import ErasureBody
from services.gateway.parts import Parts
from services.gateway.refusals import NotFound
from shared.contracts.access import AccessAction
from shared.contracts.tasks import TaskName
from shared.db import lifecycle
from shared.db.access_log import Access
from shared.db.session import lift_confinement
from shared.observability.logging import get_logger

_log = get_logger(__name__)
_NO_SUCH_CASE = "there is no such case"


def erase(parts: Parts, tenant: Tenant, case_id: str, key_id: str) -> ErasureBody:
    """Erase the case, or say how far that is by now. Raises NotFound, DatabaseUnavailable.

    An erased case names no subject, so to a device there is none such from then on.
    """
    with tenant.transaction() as session:
        if tenant.confined is not None:
            if not repository.is_there(session, tenant, case_id):
                raise NotFound(_NO_SUCH_CASE)
            lift_confinement(session)
        erasure = lifecycle.erase_case(session, tenant.clinic_id, case_id, key_id)
        if erasure is None:
            raise NotFound(_NO_SUCH_CASE)
        tenant.record(session, Access(AccessAction.CASE_ERASED, case_id=case_id))
    _log.info("case_erased", case_id=case_id, key_id=key_id)
    parts.doorbell.ring(TaskName.NOTIFIER_DRAIN)
    return ErasureBody.model_validate(erasure, from_attributes=True)
