"""Routes that read runs."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse

from services.gateway.cases.endpoints import CaseId
from services.gateway.clinics.auth import ReaderDep
from services.gateway.http_errors import declared
from services.gateway.refusals import NotFound
from services.gateway.runs import repository, service
from services.gateway.runs.schemas import RunBody, RunList
from shared.contracts.access import AccessAction
from shared.contracts.ids import IdPrefix, id_pattern

router = APIRouter(prefix="/v1", tags=["runs"])

_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
_MAY_ANSWER = declared(
    "unauthenticated", "forbidden", "not_found", "case_erased", "validation", "database_unavailable", "internal_error"
)


@router.get(
    "/cases/{case_id}/runs",
    operation_id="list_runs",
    response_model=RunList,
    responses=_MAY_ANSWER,
    summary="Every run of a case, the first one first",
)
def list_runs(case_id: CaseId, tenant: ReaderDep) -> Response:
    runs = service.of_case(tenant, case_id)
    return JSONResponse(runs.model_dump(mode="json"), headers=_PRIVATE)


@router.get(
    "/runs/{run_id}",
    operation_id="get_run",
    response_model=RunBody,
    responses=_MAY_ANSWER,
    summary="One run",
)
def get_run(run_id: Annotated[str, Path(pattern=id_pattern(IdPrefix.RUN))], tenant: ReaderDep) -> Response:
    with tenant.transaction() as session:
        row = repository.find(session, tenant, run_id)
        if row is None:
            raise NotFound("there is no such run")
        body = service.tell(row, tenant)
        tenant.record_read(session, AccessAction.RUNS_READ, row.run.case_id, row.case_version)
    return JSONResponse(body.model_dump(mode="json"), headers=_PRIVATE)
