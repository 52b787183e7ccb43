"""A clinic's cases: a page of them, one with its pictures and runs, and running one again."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from services.gateway.artifacts.answering import answer, layer, photo
from services.gateway.artifacts.schemas import DEFAULT_COLORMAP
from services.gateway.cases import service as cases
from services.gateway.cases.endpoints import CaseId
from services.gateway.clinics import service as clinics
from services.gateway.clinics.endpoints import ClinicId
from services.gateway.console.cookie import PATH
from services.gateway.console.forms import body_of, read_form
from services.gateway.console.gate import OperatorDep
from services.gateway.console.operator import Operator
from services.gateway.console.pages import page
from services.gateway.console.route import ConsoleRoute
from services.gateway.console.thumbnails import thumbnail
from services.gateway.console.viewing import chosen_runs
from services.gateway.dependencies import PartsDep
from services.gateway.history import service as history
from services.gateway.history.schemas import HistoryQuery
from services.gateway.models import service as models
from services.gateway.reruns import single
from services.gateway.reruns.schemas import RerunBody, RerunCase
from services.gateway.runs import service as runs
from shared.contracts.enums import CaseState, Decision, LesionClass
from shared.contracts.ids import IdPrefix, id_pattern

router = APIRouter(prefix=PATH + "/clinics/{clinic_id}/cases", route_class=ConsoleRoute)

MOST_MODELS: Final = 100
RunId = Annotated[str | None, Query(alias="run", pattern=id_pattern(IdPrefix.RUN))]
IfNoneMatch = Annotated[str | None, Header(max_length=4096)]
_FILTERS: Final[dict[str, Any]] = {"state": CaseState, "decision": Decision, "label": LesionClass}


@router.get("")
def list_cases(request: Request, clinic_id: ClinicId, operator: OperatorDep, parts: PartsDep) -> Response:
    tenant = operator.tenant(clinic_id)
    asked = body_of(HistoryQuery, {name: value or None for name, value in request.query_params.items()})
    shown = history.history(tenant, parts, asked)
    clinic = clinics.clinic(parts.database, clinic_id)
    return page("cases.html", operator, clinic=clinic, asked=asked, shown=shown, filters=_FILTERS)


@router.get("/{case_id}")
def show_case(
    clinic_id: ClinicId,
    case_id: CaseId,
    operator: OperatorDep,
    parts: PartsDep,
    run: Annotated[list[str] | None, Query(max_length=2)] = None,
) -> Response:
    """Show one case: its pictures, up to two of its runs side by side, and every run as a line."""
    tenant = operator.tenant(clinic_id)
    case = cases.read(tenant, parts, case_id)
    every = runs.of_case(tenant, case_id).items
    return page(
        "case.html",
        operator,
        clinic=clinics.clinic(parts.database, clinic_id),
        case=case,
        runs=every,
        compared=chosen_runs(every, run or []),
        classes=list(LesionClass),
        models=models.page(parts.database, MOST_MODELS).items,
    )


@router.get("/{case_id}/image")
def show_image(
    clinic_id: ClinicId, case_id: CaseId, operator: OperatorDep, parts: PartsDep, if_none_match: IfNoneMatch = None
) -> Response:
    return answer(operator.tenant(clinic_id), case_id, photo(parts), if_none_match)


@router.get("/{case_id}/thumbnail")
def show_thumbnail(
    clinic_id: ClinicId, case_id: CaseId, operator: OperatorDep, parts: PartsDep, if_none_match: IfNoneMatch = None
) -> Response:
    return answer(operator.tenant(clinic_id), case_id, thumbnail(parts), if_none_match)


@router.get("/{case_id}/layer")
def show_layer(
    clinic_id: ClinicId,
    case_id: CaseId,
    operator: OperatorDep,
    parts: PartsDep,
    *,
    shown: Annotated[LesionClass | None, Query(alias="class")] = None,
    run: RunId = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Answer with one run's map of one class, to be laid over the photo."""
    choose = layer(parts, shown, None, DEFAULT_COLORMAP)
    return answer(operator.tenant(clinic_id), case_id, choose, if_none_match, run_id=run)


def _rerun(operator: Operator, clinic_id: str, case_id: str, asked: RerunCase) -> RerunBody:
    cases.glance(operator.tenant(clinic_id), case_id)
    return single.rerun_case(operator.reach, case_id, asked)


@router.post("/{case_id}/rerun")
async def rerun_case(request: Request, clinic_id: ClinicId, case_id: CaseId, operator: OperatorDep) -> Response:
    form = await read_form(request, operator)
    said = {"target_model": form.one("target_model"), "promote": form.one("promote") is not None}
    made = await run_in_threadpool(_rerun, operator, clinic_id, case_id, body_of(RerunCase, said))
    return RedirectResponse(f"/console/campaigns/{made.id}", 303)
