"""How a run is told to the owner of its case."""

from services.gateway.cases.service import tell_failure, tell_rejection, tell_result
from services.gateway.clinics.tenant import Tenant
from services.gateway.refusals import CaseErased, NotFound
from services.gateway.runs import repository
from services.gateway.runs.repository import RunRow
from services.gateway.runs.schemas import RunBody, RunList
from shared.contracts.access import AccessAction
from shared.contracts.enums import CaseState, RunQueue, RunState


def of_case(tenant: Tenant, case_id: str) -> RunList:
    """Return every run of a case, the first one first. Raises NotFound, CaseErased, DatabaseUnavailable."""
    with tenant.transaction() as session:
        rows = repository.of_case(session, tenant, case_id)
        if not rows:
            # Every case has a first run, so no runs means no such case for this caller.
            raise NotFound("there is no such case")
        runs = RunList(items=[tell(row, tenant) for row in rows])
        tenant.record_read(session, AccessAction.RUNS_READ, case_id, rows[0].case_version)
    return runs


def tell(row: RunRow, tenant: Tenant) -> RunBody:
    """Return the body of a run, as this caller may see it. Raises CaseErased."""
    if row.case_state == CaseState.ERASED:
        raise CaseErased
    run = row.run
    return RunBody(
        id=run.id,
        case_id=run.case_id,
        model_version=row.model_version,
        state=RunState(run.state),
        queue=RunQueue(run.queue),
        published=run.id == row.published_run_id,
        attempts=run.attempts,
        enqueued_at=run.enqueued_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        result=tell_result(row.result, tenant),
        rejection=tell_rejection(row.result),
        error=tell_failure(run.error_code, run.attempts),
    )
