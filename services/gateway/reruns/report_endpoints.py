"""Routes that tell what a campaign changes, as JSON, CSV and a page. Asked before its end: what there is so far."""

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from services.gateway.clinics.auth import CampaignerDep
from services.gateway.dependencies import PartsDep
from services.gateway.http_errors import declared
from services.gateway.reruns import report_page, reporting
from services.gateway.reruns.endpoints import FIND, RerunId
from services.gateway.reruns.report_schemas import ReportBody

router = APIRouter(prefix="/v1/reruns/{rerun_id}", tags=["reruns"])


@router.get(
    "/report",
    operation_id="get_rerun_report",
    responses=declared(*FIND),
    summary="What a campaign changes: agreement, flips, shifts, failures, provenance of both sides",
)
def get_rerun_report(rerun_id: RerunId, reach: CampaignerDep) -> ReportBody:
    return reporting.report(reach, rerun_id)


@router.get(
    "/report.csv",
    operation_id="get_rerun_report_csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **declared(*FIND)},
    summary="Both sides of each case, a line a case",
)
def get_rerun_report_csv(rerun_id: RerunId, reach: CampaignerDep) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{rerun_id}.csv"'}
    return StreamingResponse(reporting.lines(reach, rerun_id), media_type="text/csv", headers=headers)


@router.get(
    "/report.html",
    operation_id="get_rerun_report_page",
    response_class=Response,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}, **declared(*FIND)},
    summary="The report as one page with plots and the 50 largest changes in pictures",
)
def get_rerun_report_page(rerun_id: RerunId, reach: CampaignerDep, parts: PartsDep) -> StreamingResponse:
    pieces = reporting.page(reach, parts.store, rerun_id)
    headers = {"Content-Security-Policy": report_page.POLICY}
    return StreamingResponse(pieces, media_type="text/html", headers=headers)
