"""Records a subject's consent, tells it, and ends it."""

from typing import Final

from services.gateway.clinics.tenant import Tenant
from services.gateway.consents import admission, repository
from services.gateway.consents.schemas import ConsentBody, ConsentList, NewConsent, Withdrawal, WithdrawalBody
from services.gateway.parts import Parts
from services.gateway.refusals import ConsentWithdrawn, NotFound, SubjectBeingErased
from shared.contracts.access import AccessAction
from shared.contracts.enums import ConsentPurpose
from shared.contracts.tasks import TaskName
from shared.db import lifecycle
from shared.db.access_log import Access
from shared.db.models import Consent
from shared.observability.logging import get_logger

_log = get_logger(__name__)
_MOST_TOLD: Final = 100


def record(tenant: Tenant, subject_ref: str, new: NewConsent, key_id: str) -> tuple[ConsentBody, bool]:
    """Record a consent and return it, and whether it is a new one: to the same text one stands at a time.

    Raises ConsentWithdrawn where it was given before a withdrawal, SubjectBeingErased, NotFound, DatabaseUnavailable.
    """
    tenant.require_subject(subject_ref)
    with tenant.transaction() as session:
        lifecycle.hold_subject(session, tenant.clinic_id, subject_ref)
        found = repository.position(session, tenant.clinic_id, subject_ref, new.purpose)
        if found.being_erased:
            raise SubjectBeingErased
        if not admission.is_later(new, found):
            raise ConsentWithdrawn("it was given before the subject withdrew its consent")
        values = admission.values_of(tenant.clinic_id, new.purpose, new, key_id)
        added = repository.add(session, subject_ref=subject_ref, **values)
        row = added or repository.standing_to(session, tenant.clinic_id, subject_ref, new.purpose, new.text_version)
        part = None if added else "standing"
        tenant.record(session, Access(AccessAction.CONSENT_GIVEN, subject=row.id, part=part))
    _log.info("consent_recorded", consent_id=row.id, new=added is not None, key_id=key_id)
    return tell(row), added is not None


def withdraw(parts: Parts, tenant: Tenant, subject_ref: str, asked: Withdrawal, key_id: str) -> WithdrawalBody:
    """End the subject's consent, and what is open of it, in one transaction. Again: stops whatever is open.

    Raises NotFound where none was ever recorded, SubjectBeingErased, DatabaseUnavailable.
    """
    tenant.require_subject(subject_ref)
    with tenant.transaction() as session:
        lifecycle.hold_subject(session, tenant.clinic_id, subject_ref, alone=True)
        if repository.position(session, tenant.clinic_id, subject_ref, asked.purpose).being_erased:
            raise SubjectBeingErased
        last = repository.withdraw(session, tenant.clinic_id, subject_ref, asked.purpose)
        if last is None or last.withdrawn_at is None:
            raise NotFound("no consent of this subject is on record")
        stopped = lifecycle.stop_subject(session, tenant.clinic_id, subject_ref)
        tenant.record(session, Access(AccessAction.CONSENT_WITHDRAWN, subject=last.id, count=stopped.canceled))
    _log.info("consent_withdrawn", canceled=stopped.canceled, ending=stopped.ending, key_id=key_id)
    if stopped.canceled:
        parts.doorbell.ring(TaskName.NOTIFIER_DRAIN)
    return WithdrawalBody(
        purpose=asked.purpose,
        withdrawn_at=last.withdrawn_at,
        cases_canceled=stopped.canceled,
        cases_ending=stopped.ending,
    )


def listed(tenant: Tenant, subject_ref: str) -> ConsentList:
    """Return the subject's consents; a subject that nobody has named has none. Raises NotFound, DatabaseUnavailable."""
    tenant.require_subject(subject_ref)
    with tenant.transaction() as session:
        rows = repository.of_subject(session, tenant.clinic_id, subject_ref, _MOST_TOLD)
    return ConsentList(items=[tell(row) for row in rows])


def tell(row: Consent) -> ConsentBody:
    return ConsentBody(
        id=row.id,
        purpose=ConsentPurpose(row.purpose),
        text_version=row.text_version,
        given_at=row.given_at,
        recorded_at=row.recorded_at,
        withdrawn_at=row.withdrawn_at,
    )
