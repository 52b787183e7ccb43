"""Erases all that is stored of a subject, and begins its export."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from services.gateway.clinics.tenant import Tenant
from services.gateway.parts import Parts
from services.gateway.refusals import NotFound, SubjectBeingErased
from services.gateway.subjects import repository
from services.gateway.subjects.export import SubjectExport
from services.gateway.subjects.schemas import SubjectErasureBody
from shared.contracts.access import AccessAction
from shared.contracts.enums import ErasureReason
from shared.contracts.tasks import TaskName
from shared.db import lifecycle
from shared.db.access_log import Access
from shared.observability.logging import get_logger

_log = get_logger(__name__)
# What one call erases itself; maintenance goes on with the rest.
_PATIENCE_S: Final = 5.0


def erase(parts: Parts, tenant: Tenant, subject_ref: str, key_id: str) -> SubjectErasureBody:
    """Erase the subject's cases one by one, then its consents and its reference; tell how far that is.

    The intent is committed first. Whoever is cut off leaves the rest to maintenance. Raises NotFound,
    DatabaseUnavailable.
    """
    tenant.require_subject(subject_ref)
    with tenant.unconfined() as session:
        erasure = lifecycle.open_subject_erasure(session, tenant.clinic_id, subject_ref, key_id)
        if erasure is not None:
            tenant.record(session, Access(AccessAction.SUBJECT_ERASED, subject=erasure.id, count=erasure.cases))
    if erasure is None:
        now = datetime.now(UTC)
        return SubjectErasureBody(requested_at=now, cases=0, consents=0, cases_left=0, finished_at=now)
    _log.info("subject_erasure", erasure_id=erasure.id, cases=erasure.cases, key_id=key_id)
    until = time.monotonic() + _PATIENCE_S
    while _erase_next(tenant, erasure.id) and time.monotonic() < until:
        pass
    parts.doorbell.ring(TaskName.NOTIFIER_DRAIN)
    return _tell(tenant, subject_ref, erasure.id)


def _erase_next(tenant: Tenant, erasure_id: str) -> bool:
    with tenant.unconfined() as session:
        case_id = lifecycle.erase_next_of_subject(session, erasure_id)
        if case_id is not None:
            tenant.record(session, Access(AccessAction.CASE_ERASED, case_id=case_id, part=ErasureReason.SUBJECT))
    return case_id is not None


def _tell(tenant: Tenant, subject_ref: str, erasure_id: str) -> SubjectErasureBody:
    with tenant.unconfined() as session:
        erasure = repository.erasure(session, erasure_id)
        # Once it is done the reference is free again, and may be somebody's who came since.
        left = 0 if erasure.finished_at else repository.cases_left(session, tenant.clinic_id, subject_ref)
    return SubjectErasureBody(
        requested_at=erasure.requested_at,
        cases=erasure.cases,
        consents=erasure.consents,
        cases_left=left,
        finished_at=erasure.finished_at,
    )


def export(parts: Parts, tenant: Tenant, subject_ref: str) -> Iterator[bytes]:
    """Return the pieces of an archive of all that is stored of the subject.

    Raises, before the first piece, NotFound, SubjectBeingErased, StoreUnavailable, DatabaseUnavailable.
    """
    tenant.require_subject(subject_ref)
    with tenant.transaction() as session:
        found = repository.known(session, tenant.clinic_id, subject_ref)
    if found.being_erased:
        raise SubjectBeingErased
    if not found.stored:
        raise NotFound("nothing is stored of such a subject")
    parts.store.check()
    with tenant.transaction() as session:
        tenant.record(session, Access(AccessAction.SUBJECT_EXPORTED))
    return SubjectExport(parts, tenant, subject_ref, found.now).pieces()
