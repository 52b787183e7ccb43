"""Planning a campaign: which cases, why not others, about how long, and that nothing is left of a plan that fails."""

import hashlib
import json
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from services.gateway.clinics.schemas import CreatedKey
from services.gateway.clinics.tenant import Reach
from services.gateway.reruns import plan
from services.gateway.reruns.schemas import NewPlan
from shared.contracts.access import ActorKind
from shared.contracts.enums import RunQueue, RunState
from shared.contracts.ids import IdPrefix, new_id
from shared.db import lifecycle
from shared.db.access_log import Origin
from shared.db.models import Case, ModelVersion, Rerun, RerunItem, Run
from tests.integration.gateway.campaign_rows import Ward, answer, code_of, planned, refusal, started
from tests.integration.records import accept, add_clinic

NOBODY = f"case_{'0' * 26}"


def mixed(ward: Ward, client: httpx.Client, target: str) -> dict[str, str]:
    """A case for each reason not to be run, and some that may be run, by what they are."""
    done, failed, lost, again, busy = ward.cases([answer(), "undecodable_image", "decoder_crashed", answer(), answer()])
    earlier = started(client, target, selector={"case_ids": [again]})
    ward.carry_out(earlier, {})
    canceled, opened = (accept(ward.gateway, ward.clinic_id, ward.model_id) for _ in range(2))
    with ward.gateway.transaction(ward.clinic_id) as session:
        lifecycle.cancel_case(session, session.get_one(Case, canceled.id))
    with ward.worker.transaction() as session:
        lifecycle.forget_incoming(session, [lost])
        session.add(
            Run(
                id=new_id(IdPrefix.RUN),
                case_id=busy,
                clinic_id=ward.clinic_id,
                model_version_id=target,
                queue=RunQueue.BULK,
                state=RunState.QUEUED,
            )
        )
    names = ("done", "failed", "lost", "again", "busy", "canceled", "open")
    return dict(zip(names, (done, failed, lost, again, busy, canceled.id, opened.id), strict=True))


@pytest.mark.parametrize(
    ("reprocess", "run", "reasons"),
    [
        ("missing", {"done", "failed"}, {"again": "already_has_run"}),
        ("failed", {"failed"}, {"again": "not_failed", "done": "not_failed"}),
        ("all", {"done", "failed", "again"}, {}),
    ],
)
def test_each_case_is_planned_or_left_out_for_its_reason(
    ward: Ward, manager_client: httpx.Client, reprocess: str, run: set[str], reasons: dict[str, str]
) -> None:
    target = ward.candidate()
    cases = mixed(ward, manager_client, target)
    wanted = {"lost": "image_missing", "busy": "in_flight", "canceled": "canceled", "open": "still_open", **reasons}
    made = planned(manager_client, target, reprocess=reprocess, order="oldest_first")
    items = ward.items(made["id"])
    assert {case: items[case].skip_reason for case in cases.values()} == {
        cases[name]: wanted.get(name) for name in cases
    }
    by_reason = {reason: list(wanted.values()).count(reason) for reason in wanted.values()}
    assert made["counts"] == {"selected": 7, "planned": len(run), "skipped": by_reason, "not_found": 0}
    assert made["sample_ids"] == sorted(cases[name] for name in run)
    assert all(items[case].base_run_id == ward.case(case).published_run_id for case in items)
    assert made["state"] == "planned"


def test_the_digest_is_over_the_members_whatever_the_chunks(ward: Ward, manager: CreatedKey) -> None:
    target = ward.candidate()
    cases = ward.cases([answer(), "undecodable_image", answer("refer"), answer(), refusal()])
    origin = Origin(ActorKind.CLINIC_KEY, clinic_id=ward.clinic_id, key_id=manager.key_id)
    reach = Reach(ward.clinic_id, manager.key_id, ward.gateway, origin)
    asked = NewPlan(target_model=target)
    made = [plan.make_plan(reach, asked, chunk=chunk).rerun for chunk in (1, 2, 5, 100)]
    with ward.worker.transaction() as session:
        version = session.get_one(ModelVersion, target).version
    head = json.dumps([version, {"seed": 0}, "missing", "newest_first"], sort_keys=True, separators=(",", ":"))
    told = "".join(f"{line}\n" for line in [head, *(f"{case} " for case in cases)])
    assert [each.digest for each in made] == [hashlib.sha256(told.encode()).hexdigest()] * 4
    assert [sorted(ward.items(each.id)) for each in made] == [cases] * 4


def test_a_selector_narrows_by_what_is_published(ward: Ward, manager_client: httpx.Client) -> None:
    target = ward.candidate()
    cases = ward.cases([answer("refer", "mel"), answer("refer", "nv"), answer("review", "mel"), "decoder_crashed"])
    with ward.worker.transaction() as session:
        version = session.get_one(ModelVersion, ward.model_id).version
        rows = session.scalars(select(Case).order_by(Case.id)).all()
        middle = rows[2].created_at.isoformat()

    def selected(**selector: Any) -> list[str]:
        return sorted(ward.items(planned(manager_client, target, selector=selector)["id"]))

    assert selected(decision="refer") == cases[:2]
    assert selected(label="mel") == [cases[0], cases[2]]
    assert selected(decision="refer", label="mel") == cases[:1]
    assert selected(model_version=version) == cases[:3]
    assert selected(created_until=middle) == cases[:2]
    assert selected(created_from=middle) == cases[2:]
    assert selected(case_ids=[cases[3], cases[0], cases[0]]) == [cases[0], cases[3]]
    drawn = [selected(sample=2, seed=seed) for seed in range(8)]
    assert all(len(each) == 2 for each in drawn)
    assert selected(sample=2, seed=3) == drawn[3]
    assert len({tuple(each) for each in drawn}) > 1


def test_ids_of_no_case_are_counted(ward: Ward, manager_client: httpx.Client) -> None:
    (case,) = ward.cases([answer()])
    made = planned(manager_client, ward.candidate(), selector={"case_ids": [case, NOBODY]})
    assert made["counts"] == {"selected": 1, "planned": 1, "skipped": {}, "not_found": 1}
    assert made["selector"]["case_ids"] == 2


def test_a_bad_plan_leaves_nothing_behind(ward: Ward, manager_client: httpx.Client) -> None:
    ward.cases([answer()])
    target = ward.candidate()
    refused = {
        "unknown_model": {"target_model": f"mdl_{'0' * 26}"},
        "empty_selection": {"target_model": target, "selector": {"decision": "no_refer"}},
        "validation": {"target_model": target, "auto_promote": True},
    }
    for code, body in refused.items():
        assert code_of(manager_client.post("/v1/reruns/plan", json=body)) == (422, code)
    late = {"target_model": target, "deadline": "2020-01-01T00:00:00Z"}
    assert code_of(manager_client.post("/v1/reruns/plan", json=late)) == (422, "validation")
    for empty in ({"case_ids": [NOBODY]}, {"decision": "no_refer", "sample": 5}):
        body = {"target_model": target, "selector": empty}
        assert code_of(manager_client.post("/v1/reruns/plan", json=body)) == (422, "empty_selection")
    with ward.worker.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Rerun)) == 0
        assert session.scalar(select(func.count()).select_from(RerunItem)) == 0


def test_a_clinics_key_stays_in_its_clinic(
    ward: Ward, manager_client: httpx.Client, operator_client: httpx.Client, client: httpx.Client
) -> None:
    with ward.gateway.transaction() as session:
        elsewhere = add_clinic(session, "Elsewhere")
    (mine,) = ward.cases([answer()])
    (theirs,) = Ward(ward.gateway, ward.worker, elsewhere, ward.model_id).cases([answer()])
    target = ward.candidate()
    made = planned(manager_client, target, selector={"case_ids": [mine, theirs]})
    assert (sorted(ward.items(made["id"])), made["clinic_id"]) == ([mine], ward.clinic_id)
    other = {"target_model": target, "selector": {"clinic_id": elsewhere}}
    assert code_of(manager_client.post("/v1/reruns/plan", json=other)) == (403, "forbidden")
    assert code_of(client.post("/v1/reruns/plan", json={"target_model": target})) == (403, "forbidden")
    everywhere = planned(operator_client, target)
    assert (sorted(ward.items(everywhere["id"])), everywhere["clinic_id"]) == (sorted([mine, theirs]), None)
    assert sorted(ward.items(planned(operator_client, target, selector={"clinic_id": elsewhere})["id"])) == [theirs]
    assert code_of(manager_client.get(f"/v1/reruns/{everywhere['id']}")) == (404, "not_found")
    assert [one["id"] for one in manager_client.get("/v1/reruns").json()["items"]] == [made["id"]]
    assert len(operator_client.get("/v1/reruns").json()["items"]) == 3


def test_an_estimate_is_measured_or_absent(ward: Ward, manager_client: httpx.Client) -> None:
    timed = {"durations_ms": {"network": 20.0}}
    ward.cases([answer(provenance=timed)] * 9)
    target = ward.candidate()
    nothing = {"device_seconds": None, "wall_s": None, "basis": None}
    assert planned(manager_client, target)["estimate"] == nothing
    ward.cases([answer(provenance=timed)])
    found = planned(manager_client, target)["estimate"]
    assert found["device_seconds"] == 0.2
    assert found["wall_s"] == pytest.approx(10 / found["basis"]["photos_per_s"], abs=0.1)
    assert (found["basis"]["of_target_model"], found["basis"]["results"]) == (False, 10)
    ward.carry_out(started(manager_client, target), {}, other=answer(provenance={"durations_ms": {"network": 5.0}}))
    again = planned(manager_client, target, reprocess="all")["estimate"]
    assert (again["basis"]["of_target_model"], again["device_seconds"]) == (True, 0.1)
