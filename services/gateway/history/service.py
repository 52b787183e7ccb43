"""Pages of a clinic's cases. Each is one row of the access log: how many it showed, not what was asked for."""

from services.gateway import paging
from services.gateway.cases import service as cases
from services.gateway.cases.repository import CaseRow
from services.gateway.cases.schemas import CasePage
from services.gateway.clinics.tenant import Tenant
from services.gateway.history import repository
from services.gateway.history.schemas import HistoryQuery, LineQuery, Order
from services.gateway.parts import Parts
from shared.contracts.access import AccessAction
from shared.db.access_log import Access


def history(tenant: Tenant, parts: Parts, asked: HistoryQuery) -> CasePage:
    """Return a page of the cases, newest first. Raises ValidationFailed for the cursor, DatabaseUnavailable."""
    asked = asked.within(tenant.subject_ref)
    timed = asked.order is not Order.ACCEPTED
    query = paging.Query("cases", asked.filters(), timed=timed)
    behind = None if asked.cursor is None else query.decode(asked.cursor)
    with tenant.transaction() as session:
        rows = repository.page(session, tenant.clinic_id, asked, behind)
        tenant.record(session, _listed("history", rows, asked.limit))
    following = None
    if len(rows) > asked.limit:
        following = query.encode(repository.position_in_history(rows[asked.limit - 1], asked.order))
    return _told(tenant, parts, rows[: asked.limit], following)


def line(tenant: Tenant, parts: Parts, lesion_ref: str, asked: LineQuery) -> CasePage:
    """Return a page of one lesion's cases, oldest first. Raises as `history` does."""
    query = paging.Query("lesion", {"lesion_ref": lesion_ref}, timed=True)
    behind = None if asked.cursor is None else query.decode(asked.cursor)
    with tenant.transaction() as session:
        rows = repository.line(session, tenant, lesion_ref, limit=asked.limit + 1, behind=behind)
        tenant.record(session, _listed("lesion", rows, asked.limit))
    following = None
    if len(rows) > asked.limit:
        following = query.encode(repository.position_in_line(rows[asked.limit - 1]))
    return _told(tenant, parts, rows[: asked.limit], following)


def _listed(part: str, rows: list[CaseRow], limit: int) -> Access:
    return Access(AccessAction.CASES_LISTED, part=part, count=min(len(rows), limit))


def _told(tenant: Tenant, parts: Parts, rows: list[CaseRow], following: str | None) -> CasePage:
    queue = parts.backlog.snapshot()
    return CasePage(items=[cases.tell(row, queue, tenant) for row in rows], next_cursor=following)
