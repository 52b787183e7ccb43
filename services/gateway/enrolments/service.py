"""Makes codes, and decides which counts. A code's text exists only in the answer that creates it."""

from datetime import UTC, datetime, timedelta
from typing import Final

from services.gateway.clinics.schemas import Visitor
from services.gateway.clinics.tenant import Tenant
from services.gateway.enrolments import repository
from services.gateway.enrolments.codes import digest_of, make_code, read_code
from services.gateway.enrolments.schemas import EnrolmentBody, NewEnrolment
from services.gateway.refusals import EnrolmentRefused, RateLimited, SubjectBeingErased
from shared.contracts.access import AccessAction, AccessOutcome, ActorKind
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.access_log import Access, record_access
from shared.db.models import Enrolment
from shared.db.session import Database
from shared.observability.logging import get_logger

_log = get_logger(__name__)
_WINDOW: Final = timedelta(hours=1)
_COME_BACK_S: Final = 60


def create(tenant: Tenant, key_id: str, new: NewEnrolment) -> EnrolmentBody:
    """Return a new code of the clinic. Raises SubjectBeingErased, DatabaseUnavailable."""
    code = make_code()
    enrolment = Enrolment(
        id=new_id(IdPrefix.ENROLMENT),
        clinic_id=tenant.clinic_id,
        subject_ref=new.subject_ref,
        code_digest=code.digest,
        made_by=key_id,
        expires_at=datetime.now(UTC) + timedelta(seconds=new.expires_in_s),
    )
    with tenant.transaction() as session:
        # An erasure that is about to begin is waited for; one that begins later finds the code and takes it along.
        lifecycle.hold_subject(session, tenant.clinic_id, new.subject_ref)
        if repository.being_erased(session, tenant.clinic_id, new.subject_ref):
            raise SubjectBeingErased
        repository.add(session, enrolment)
        tenant.record(session, Access(AccessAction.ENROLMENT_CREATED, subject=enrolment.id))
    return EnrolmentBody(
        id=enrolment.id, code=code.text, subject_ref=enrolment.subject_ref, expires_at=enrolment.expires_at
    )


def read(database: Database, text: str, failures_per_hour: int) -> bytes:
    """Return the digest of a code as it was typed.

    Raises EnrolmentRefused for what can be none, and RateLimited for everybody while too many have failed, from
    wherever: many addresses together may not try more than one.
    """
    with database.transaction() as session:
        failures = repository.failures_within(session, _WINDOW)
    if failures >= failures_per_hour:
        _log.warning("enrolment_locked", failures=failures)
        raise RateLimited("too many codes that do not count were tried in the last hour", _COME_BACK_S)
    symbols = read_code(text)
    if symbols is None:
        raise EnrolmentRefused
    return digest_of(symbols)


def note_failure(database: Database, visitor: Visitor) -> None:
    """Write down, for all gateways and for longer than any of them lives, that a code did not count."""
    with database.transaction() as session:
        repository.note_failure(session)
        refused = Access(AccessAction.DEVICE_ENROLLED, outcome=AccessOutcome.REFUSED)
        record_access(session, visitor.origin(ActorKind.NOBODY), refused)
