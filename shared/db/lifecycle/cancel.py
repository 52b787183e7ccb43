"""Taking a photo back before it has a result."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shared.contracts.enums import RunState
from shared.db.lifecycle.transitions import BULK, RunOfCase, end_case, end_run
from shared.db.models import Case, Run


def cancel_case(session: Session, case: Case) -> Case:
    """Cancel a waiting case at once; of one that is being worked on, ask its worker to (between batches).

    Returns the case as it is afterwards: `canceled`, still `processing`, or, with nothing changed, in the state in
    which it had ended before.
    """
    state = session.scalar(select(Run.state).where(Run.id == case.first_run_id).with_for_update())
    if state == RunState.QUEUED:
        end_run(session, (Run.id == case.first_run_id,), RunState.CANCELED)
        run = RunOfCase(case.first_run_id, case.id, case.clinic_id, is_first=True)
        end_case(session, run, RunState.CANCELED, {})
    elif state == RunState.RUNNING:
        session.execute(
            update(Run)
            .where(Run.id == case.first_run_id)
            .values(cancel_requested_at=func.coalesce(Run.cancel_requested_at, func.now())),
            execution_options=BULK,
        )
    session.flush()
    session.refresh(case)
    return case
