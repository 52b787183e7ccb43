"""Every SQL statement that lists cases. Each page is read from an index of migration 0006, however long the history."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, collate, func, literal, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from services.gateway.cases.repository import CaseRow, of, select_cases
from services.gateway.clinics.tenant import Tenant
from services.gateway.history.schemas import HistoryQuery, Order
from services.gateway.paging import Position
from shared.contracts.enums import CaseState
from shared.db.models import Case, Result, Run

_TIMES: Final[dict[Order, InstrumentedAttribute[datetime]]] = {
    Order.CREATED: Case.created_at,
    Order.UPDATED: Case.updated_at,
}
_TAKEN: Final = func.coalesce(Case.captured_at, Case.created_at)


def page(session: Session, clinic_id: str, query: HistoryQuery, behind: Position | None) -> list[CaseRow]:
    """Return one case more than the page may hold, newest first, that come behind the position."""
    return [CaseRow(*row) for row in session.execute(page_statement(clinic_id, query, behind))]


def page_statement(clinic_id: str, query: HistoryQuery, behind: Position | None) -> Select[Any]:
    return (_by_result if query.by_result else _by_case)(clinic_id, query, behind).limit(query.limit + 1)


def line(session: Session, tenant: Tenant, lesion_ref: str, *, limit: int, behind: Position | None) -> list[CaseRow]:
    """Return up to `limit` cases of a lesion, oldest first by when they were taken, or accepted where nobody said."""
    statement = line_statement(tenant.clinic_id, lesion_ref, limit, behind).where(*of(tenant))
    return [CaseRow(*row) for row in session.execute(statement)]


def line_statement(clinic_id: str, lesion_ref: str, limit: int, behind: Position | None) -> Select[Any]:
    statement = (
        select_cases()
        .where(Case.clinic_id == clinic_id, Case.lesion_ref == lesion_ref)
        .order_by(_TAKEN, Case.id)
        .limit(limit)
    )
    return statement if behind is None else statement.where(tuple_(_TAKEN, Case.id) > _bound(behind))


def position_in_history(row: CaseRow, order: Order) -> Position:
    time = _TIMES.get(order)
    return Position(row.case.id, None if time is None else getattr(row.case, time.key))


def position_in_line(row: CaseRow) -> Position:
    return Position(row.case.id, row.case.captured_at or row.case.created_at)


def _by_case(clinic_id: str, query: HistoryQuery, behind: Position | None) -> Select[Any]:
    time = _TIMES.get(query.order)
    key: list[ColumnElement[Any]] = [Case.id.expression] if time is None else [time.expression, Case.id.expression]
    statement = select_cases().where(
        Case.clinic_id == clinic_id, Case.state != CaseState.ERASED, *_of_case(query), *_of_result(query)
    )
    statement = statement.order_by(*(part.desc() for part in key))
    return statement if behind is None else statement.where(tuple_(*key) < _bound(behind))


def _by_result(clinic_id: str, query: HistoryQuery, behind: Position | None) -> Select[Any]:
    """Walk the results in the order of their cases, and leave out those that are not published.

    OFFSET keeps Postgres from turning the join around: it would walk the cases where it takes the result for a common
    one, and read all of them where the last such result is old.
    """
    published = (
        select(Case).where(Case.id == Result.case_id, Case.published_run_id == Result.run_id).offset(0).lateral()
    )
    case_id = collate(Result.case_id, "C")  # as the indexes of migration 0006 have it
    case = aliased(Case, published)
    statement = (
        select(case, Result, Run.attempts, Run.cancel_requested_at.is_not(None))
        .select_from(Result)
        .join(case, true())
        .join(Run, Run.id == case.first_run_id)
        .where(Result.clinic_id == clinic_id, *_of_result(query))
        .order_by(case_id.desc())
    )
    if query.state is not None:
        statement = statement.where(case.state == query.state)
    return statement if behind is None else statement.where(tuple_(case_id) < _bound(behind))


def _bound(behind: Position) -> ColumnElement[Any]:
    last = literal(behind.id)
    return tuple_(last) if behind.at is None else tuple_(literal(behind.at), last)


def _of_case(query: HistoryQuery) -> list[ColumnElement[bool]]:
    found = [
        getattr(Case, name) == value
        for name in ("state", "client_ref", "subject_ref", "lesion_ref")
        if (value := getattr(query, name)) is not None
    ]
    bounds = {Case.created_at: (query.created_after, query.created_before)}
    bounds[Case.updated_at] = (query.updated_after, query.updated_before)
    for column, (earliest, end) in bounds.items():
        found += [column >= earliest] if earliest is not None else []
        found += [column < end] if end is not None else []
    return found


def _of_result(query: HistoryQuery) -> list[ColumnElement[bool]]:
    return [
        getattr(Result, name) == value for name in ("decision", "label") if (value := getattr(query, name)) is not None
    ]
