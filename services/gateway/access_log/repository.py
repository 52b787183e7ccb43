"""Every SQL statement that reads the access log. Row-level security shows it to operators alone."""

from collections.abc import Sequence

from sqlalchemy import literal, select, tuple_
from sqlalchemy.orm import Session

from services.gateway.access_log.schemas import AccessQuery
from services.gateway.paging import Position
from shared.db.models import AccessEntry


def page(session: Session, query: AccessQuery, behind: Position | None) -> Sequence[AccessEntry]:
    """Return one row more than the page may hold, newest first, that come behind the position."""
    statement = select(AccessEntry).order_by(AccessEntry.at.desc(), AccessEntry.id.desc()).limit(query.limit + 1)
    if query.case_id is not None:
        statement = statement.where(AccessEntry.case_id == query.case_id)
    if query.key_id is not None:
        statement = statement.where(AccessEntry.key_id == query.key_id)
    if query.since is not None:
        statement = statement.where(AccessEntry.at >= query.since)
    if query.until is not None:
        statement = statement.where(AccessEntry.at < query.until)
    if behind is not None:
        bound = tuple_(literal(behind.at), literal(int(behind.id)))
        statement = statement.where(tuple_(AccessEntry.at, AccessEntry.id) < bound)
    return session.scalars(statement).all()
