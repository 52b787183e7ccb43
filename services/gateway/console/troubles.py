"""Cases of all clinics that ended without an answer, to be looked at and run again; and a case found by its id."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from services.gateway import paging
from services.gateway.cases.endpoints import CaseId
from services.gateway.console import repository
from services.gateway.console.cookie import PATH
from services.gateway.console.forms import read_form
from services.gateway.console.gate import OperatorDep
from services.gateway.console.operator import Operator
from services.gateway.console.pages import page
from services.gateway.console.repository import Trouble
from services.gateway.console.route import ConsoleRoute
from services.gateway.refusals import NotFound
from services.gateway.reruns import single
from services.gateway.reruns.schemas import RerunCase
from shared.contracts.access import AccessAction
from shared.contracts.enums import CaseState
from shared.contracts.ids import IdPrefix, id_pattern
from shared.db.access_log import Access

router = APIRouter(prefix=PATH, route_class=ConsoleRoute)

STATES: Final = (CaseState.FAILED, CaseState.EXPIRED, CaseState.REJECTED)
_USUAL: Final = (CaseState.FAILED, CaseState.EXPIRED)
_PAGE: Final = 50
Cursor = Annotated[str | None, Query(max_length=200)]


@router.get("/troubles")
def show_troubles(operator: OperatorDep, state: CaseState | None = None, cursor: Cursor = None) -> Response:
    states = _USUAL if state is None else (state,)
    query = paging.Query("troubles", {"states": states})
    behind = None if cursor is None else query.decode(cursor).id
    rows = _read(operator, states, behind)
    following = query.encode(paging.Position(rows[_PAGE - 1].case_id)) if len(rows) > _PAGE else None
    return page("troubles.html", operator, rows=rows[:_PAGE], state=state, states=STATES, following=following)


def _read(operator: Operator, states: tuple[CaseState, ...], behind: str | None) -> list[Trouble]:
    with operator.over_all(Access(AccessAction.CASES_LISTED, part="troubles")) as session:
        return repository.troubles(session, states, limit=_PAGE + 1, behind=behind)


@router.post("/troubles/{case_id}/rerun")
async def rerun_trouble(request: Request, case_id: CaseId, operator: OperatorDep) -> Response:
    """Run it again on the active model, and publish what comes out: there is nothing that it could replace."""
    await read_form(request, operator)
    made = await run_in_threadpool(single.rerun_case, operator.reach, case_id, RerunCase(promote=True))
    return RedirectResponse(f"/console/campaigns/{made.id}", 303)


@router.get("/find")
def find_case(operator: OperatorDep, case: Annotated[str, Query(pattern=id_pattern(IdPrefix.CASE))]) -> Response:
    with operator.over_all() as session:
        clinic_id = repository.clinic_of(session, case)
    if clinic_id is None:
        raise NotFound("there is no such case")
    return RedirectResponse(f"/console/clinics/{clinic_id}/cases/{case}", 303)
