"""What of a case's past is told, and how."""

from services.gateway.clinics.tenant import Tenant
from services.gateway.events import repository
from services.gateway.events.schemas import EventBody, EventPage
from services.gateway.refusals import CaseErased, NotFound
from shared.contracts.access import AccessAction
from shared.contracts.enums import CaseState, EventType
from shared.db.models import Event


def page(tenant: Tenant, case_id: str, after_version: int, limit: int) -> EventPage:
    """Return up to `limit` events beyond a version, oldest first. Raises NotFound, CaseErased, DatabaseUnavailable."""
    with tenant.transaction() as session:
        rows = repository.after(session, tenant.clinic_id, case_id, after_version, limit + 1)
        # Every case has a first event, so only an empty answer leaves open whether there is such a case. Whether it is
        # of a device's subject no event tells.
        told = bool(rows) and tenant.subject_ref is None
        state = None if told else repository.state_of(session, tenant, case_id)
        if not told and state is None:
            raise NotFound("there is no such case")
        if state == CaseState.ERASED or any(row.type == EventType.CASE_ERASED for row in rows):
            raise CaseErased
        items = [tell(case_id, row) for row in rows[:limit]]
        if items:
            tenant.record_read(session, AccessAction.EVENTS_READ, case_id, items[-1].version)
    return EventPage(items=items, next_after_version=items[-1].version if len(rows) > limit else None)


def tell(case_id: str, row: Event) -> EventBody:
    """Return the body of an event of a case."""
    assert row.version is not None  # noqa: S101 - an event of a case carries one
    return EventBody(
        id=row.id,
        type=EventType(row.type),
        case_id=case_id,
        version=row.version,
        state=CaseState(row.data["state"]),
        run_id=row.run_id,
        created_at=row.created_at,
    )
