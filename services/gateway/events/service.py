"""What of a case's past is told, and how."""

from services.gateway.clinics.tenant import Tenant
from services.gateway.events import repository
from services.gateway.events.schemas import EventBody, EventPage
from services.gateway.refusals import NotFound
from shared.contracts.enums import CaseState, EventType
from shared.db.models import Event


def page(tenant: Tenant, case_id: str, after_version: int, limit: int) -> EventPage:
    """Return up to `limit` events beyond a version, oldest first. Raises NotFound, DatabaseUnavailable."""
    with tenant.transaction() as session:
        rows = repository.after(session, tenant.clinic_id, case_id, after_version, limit + 1)
        # Every case has a first event, so only an empty answer leaves open whether there is such a case.
        if not rows and not repository.case_exists(session, tenant.clinic_id, case_id):
            raise NotFound("there is no such case")
    items = [_tell(case_id, row) for row in rows[:limit]]
    return EventPage(items=items, next_after_version=items[-1].version if len(rows) > limit else None)


def _tell(case_id: str, row: Event) -> EventBody:
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
