"""Pages of the access log. Reading it is told to it, too."""

from services.gateway import paging
from services.gateway.access_log import repository
from services.gateway.access_log.schemas import AccessLine, AccessPage, AccessQuery
from shared.contracts.access import AccessAction
from shared.db.access_log import Access, Origin, record_access
from shared.db.session import Database


def page(database: Database, by: Origin, asked: AccessQuery) -> AccessPage:
    """Return who did what, newest first. Raises ValidationFailed for the cursor, DatabaseUnavailable."""
    query = paging.Query("access-log", asked.filters(), ids=None, timed=True)
    behind = None if asked.cursor is None else query.decode(asked.cursor)
    with database.transaction(operator=True) as session:
        rows = repository.page(session, asked, behind)
        shown = rows[: asked.limit]
        record_access(session, by, Access(AccessAction.ACCESS_LOG_READ, case_id=asked.case_id, count=len(shown)))
    following = query.encode(paging.Position(str(shown[-1].id), shown[-1].at)) if len(rows) > asked.limit else None
    lines = [AccessLine.model_validate(row, from_attributes=True) for row in shown]
    return AccessPage(items=lines, next_cursor=following)
