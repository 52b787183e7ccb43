"""Campaigns over HTTP, with what workers and maintenance do in between written by hand."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeAlias

import httpx
from sqlalchemy import select, update

from shared.contracts.enums import ModelState, RerunItemState, RerunState, RunQueue, RunState
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.models import Case, Rerun, RerunItem, Run
from shared.db.records import Answer
from shared.db.session import Database
from tests.integration.records import accept, add_model, claim, some_answer, some_artifacts

LABELS = ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc")
# What a run comes to: an answer, or the code of its failure.
Outcome: TypeAlias = Answer | str
_REFUSED: dict[str, Any] = dict.fromkeys(("decision", "label", "probabilities", "logits", "malignancy", "thresholds"))


def answer(decision: str = "review", label: str = "nv", share: float = 0.4, **changes: Any) -> Answer:
    """An answer that gives its label the probability `share`, and the others the rest in equal parts."""
    probabilities = dict.fromkeys(LABELS, (1 - share) / 6) | {label: share}
    return dataclasses.replace(
        some_answer(), decision=decision, label=label, probabilities=probabilities, malignancy=share / 2, **changes
    )


def refusal() -> Answer:
    return dataclasses.replace(some_answer(), **_REFUSED)


@dataclasses.dataclass
class Ward:
    """A clinic with cases, and who works on them."""

    gateway: Database
    worker: Database
    clinic_id: str
    model_id: str

    def cases(self, outcomes: Sequence[Outcome], **described: Any) -> list[str]:
        """Add cases whose first runs have come to these, one after the other; return their ids, sorted."""
        ids = []
        for outcome in outcomes:
            case = accept(self.gateway, self.clinic_id, self.model_id, **described)
            (run,) = claim(self.worker)
            self._end(run, outcome)
            ids.append(case.id)
        return sorted(ids)

    def candidate(self) -> str:
        with self.worker.transaction() as session:
            return add_model(session, ModelState.CANDIDATE)

    def give_runs(self, rerun_id: str) -> None:
        """Give each planned case a bulk run, as maintenance does."""
        with self.worker.transaction() as session:
            rerun = session.get_one(Rerun, rerun_id)
            planned = (RerunItem.rerun_id == rerun_id, RerunItem.state == RerunItemState.PLANNED)
            for item in session.scalars(select(RerunItem).where(*planned)):
                run = Run(
                    id=new_id(IdPrefix.RUN),
                    case_id=item.case_id,
                    clinic_id=item.clinic_id,
                    model_version_id=rerun.target_model_id,
                    rerun_id=rerun_id,
                    queue=RunQueue.BULK,
                    state=RunState.QUEUED,
                )
                session.add(run)
                session.flush()
                item.state, item.run_id = RerunItemState.QUEUED, run.id

    def carry_out(self, rerun_id: str, outcomes: Mapping[str, Outcome], other: Outcome | None = None) -> None:
        """Run a campaign to its end."""
        self.give_runs(rerun_id)
        with self.worker.transaction() as session:
            runs = lifecycle.claim_runs(
                session, worker="test", queue=RunQueue.BULK, limit=1000, lease=timedelta(seconds=60)
            )
        for run in runs:
            state = self._end(run, outcomes.get(run.case_id, other or answer()))
            self.set_item(rerun_id, run.case_id, state=state)
        self.set_rerun(rerun_id, state=RerunState.FINISHED)

    def set_item(self, rerun_id: str, case_id: str, **values: Any) -> None:
        with self.worker.transaction() as session:
            mine = (RerunItem.rerun_id == rerun_id, RerunItem.case_id == case_id)
            session.execute(update(RerunItem).where(*mine).values(**values))

    def set_rerun(self, rerun_id: str, **values: Any) -> None:
        with self.worker.transaction() as session:
            session.execute(update(Rerun).where(Rerun.id == rerun_id).values(**values))

    def items(self, rerun_id: str) -> dict[str, RerunItem]:
        with self.worker.transaction() as session:
            found = session.scalars(select(RerunItem).where(RerunItem.rerun_id == rerun_id))
            return {item.case_id: item for item in found}

    def case(self, case_id: str) -> Case:
        with self.worker.transaction() as session:
            return session.get_one(Case, case_id)

    def _end(self, run: Any, outcome: Outcome) -> str:
        with self.worker.transaction() as session:
            if isinstance(outcome, str):
                return str(lifecycle.record_failure(session, run, outcome))
            artifacts = some_artifacts(run) if outcome.decision else []
            return str(lifecycle.record_answer(session, run, outcome, artifacts, image=None))


def planned(client: httpx.Client, target: str, **asked: Any) -> dict[str, Any]:
    response = client.post("/v1/reruns/plan", json={"target_model": target, **asked})
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    assert response.headers["Location"] == f"/v1/reruns/{body['id']}"
    return body


def started(client: httpx.Client, target: str, **asked: Any) -> str:
    plan = planned(client, target, **asked)
    response = client.post("/v1/reruns", json={"plan_id": plan["id"], "digest": plan["digest"]})
    assert (response.status_code, response.json()["state"]) == (202, "running"), response.text
    return str(plan["id"])


def code_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json().get("code")
