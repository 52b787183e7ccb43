"""Campaigns as the planner leaves them, and workers that end their runs without a network."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from shared.contracts.enums import ModelState, RerunItemState, RerunState, RunQueue
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.models import ApiKey, Case, Rerun, RerunItem
from shared.db.records import ClaimedRun
from shared.db.session import Database
from tests.integration.records import accept, add_model, claim, some_answer, some_artifacts

REFUSED: dict[str, Any] = dict.fromkeys(("decision", "label", "probabilities", "logits", "malignancy", "thresholds"))


@dataclasses.dataclass
class Study:
    """Cases of one clinic whose first runs have ended, and campaigns over them."""

    gateway: Database
    worker: Database
    clinic: str
    model: str

    def cases(self, count: int, *, fails: bool = False) -> list[str]:
        """Add cases that have ended: completed with the decision `review`, or failed."""
        ids = [accept(self.gateway, self.clinic, self.model).id for _ in range(count)]
        while runs := claim(self.worker):
            for run in runs:
                self.end(run, "failed" if fails else "review")
        return ids

    def target(self) -> str:
        with self.worker.transaction() as session:
            return add_model(session, ModelState.CANDIDATE)

    def campaign(self, case_ids: Sequence[str], *, target: str | None = None, **columns: Any) -> str:
        """Write down a campaign of these cases, at work unless `state` says otherwise."""
        rerun_id = new_id(IdPrefix.RERUN)
        key = ApiKey(
            id=new_id(IdPrefix.KEY), name="k", secret_sha256=rerun_id.encode()[-32:].ljust(32), scopes=["admin"]
        )
        with self.gateway.transaction() as session:
            session.add(key)
        values = {
            "state": RerunState.RUNNING,
            "reprocess": "all",
            "selector": {},
            "expires_at": datetime.now(UTC) + timedelta(hours=1),
            **columns,
        }
        target = target or self.target()
        with self.worker.transaction() as session:
            session.add(Rerun(id=rerun_id, made_by=key.id, target_model_id=target, clinic_id=self.clinic, **values))
            session.flush()
            for case in session.scalars(select(Case).where(Case.id.in_(case_ids))):
                session.add(
                    RerunItem(
                        rerun_id=rerun_id,
                        case_id=case.id,
                        clinic_id=case.clinic_id,
                        state=RerunItemState.PLANNED,
                        base_run_id=case.published_run_id,
                    )
                )
        return rerun_id

    def take(self, limit: int = 100) -> list[ClaimedRun]:
        """Claim bulk runs, as a worker does."""
        with self.worker.transaction() as session:
            return lifecycle.claim_runs(
                session, worker="test", queue=RunQueue.BULK, limit=limit, lease=timedelta(seconds=60)
            )

    def end(self, run: ClaimedRun, how: str) -> None:
        """End a run with a decision, `rejected` or `failed`."""
        with self.worker.transaction() as session:
            if how == "failed":
                lifecycle.record_failure(session, run, "non_finite_activation")
            elif how == "rejected":
                lifecycle.record_answer(session, run, dataclasses.replace(some_answer(), **REFUSED), [], image=None)
            else:
                answer = dataclasses.replace(some_answer(), decision=how)
                lifecycle.record_answer(session, run, answer, some_artifacts(run), image=None)

    def rerun(self, rerun_id: str) -> Rerun:
        with self.worker.transaction() as session:
            return session.get_one(Rerun, rerun_id)

    def item(self, rerun_id: str, case_id: str) -> RerunItem:
        with self.worker.transaction() as session:
            return session.get_one(RerunItem, (rerun_id, case_id))

    def items(self, rerun_id: str) -> dict[str, int]:
        with self.worker.transaction() as session:
            rows = session.execute(
                select(RerunItem.state, func.count()).where(RerunItem.rerun_id == rerun_id).group_by(RerunItem.state)
            )
            return dict(rows.tuples().all())

    def case(self, case_id: str) -> Case:
        with self.worker.transaction() as session:
            return session.get_one(Case, case_id)
