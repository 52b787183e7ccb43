"""Starting a campaign, moving it, publishing its results and taking that back; and the single case."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from services.gateway.clinics import service as clinics
from services.gateway.clinics.schemas import CLINIC_SCOPES
from services.gateway.reruns import repository
from shared.contracts.enums import Promotion, RerunItemState, RerunState, RunQueue
from shared.db import lifecycle
from shared.db.models import BulkGate, Case, Event, Rerun, Run
from shared.db.session import Database
from tests.integration.gateway.campaign_rows import Ward, answer, code_of, planned, refusal, started
from tests.integration.records import accept


def promote(client: httpx.Client, rerun_id: str, scope: str = "all", **asked: Any) -> httpx.Response:
    return client.post(f"/v1/reruns/{rerun_id}/promote", json={"scope": scope, **asked})


def published(ward: Ward, cases: list[str]) -> list[tuple[str, str | None, str | None]]:
    rows = [ward.case(case) for case in cases]
    return [(row.state, row.published_run_id, row.error_code) for row in rows]


def test_only_the_plan_that_was_seen_is_started_and_only_in_time(ward: Ward, manager_client: httpx.Client) -> None:
    ward.cases([answer()])
    made = planned(manager_client, ward.candidate())
    start = {"plan_id": made["id"]}
    assert code_of(manager_client.post("/v1/reruns", json={**start, "digest": "0" * 64})) == (409, "plan_stale")
    assert code_of(manager_client.post("/v1/reruns", json={"plan_id": f"rrn_{'0' * 26}"})) == (404, "not_found")
    ward.set_rerun(made["id"], expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert code_of(manager_client.post("/v1/reruns", json=start)) == (410, "plan_expired")
    ward.set_rerun(made["id"], state=RerunState.PLANNING)
    assert code_of(manager_client.post("/v1/reruns", json=start)) == (409, "plan_unfinished")
    ward.set_rerun(made["id"], state=RerunState.PLANNED, expires_at=datetime.now(UTC) + timedelta(hours=1))
    first, second = (manager_client.post("/v1/reruns", json=start) for _ in range(2))
    assert (first.status_code, first.json()["state"]) == (202, "running")
    assert (second.status_code, second.json()["started_at"]) == (202, first.json()["started_at"])


def test_a_campaign_is_moved_only_where_it_can_go(ward: Ward, manager_client: httpx.Client) -> None:
    ward.cases([answer()])
    rerun = planned(manager_client, ward.candidate())["id"]

    def move(verb: str) -> tuple[int, str]:
        response = manager_client.post(f"/v1/reruns/{rerun}/{verb}")
        return response.status_code, response.json().get("code") or response.json()["state"]

    assert move("pause") == (409, "not_running")
    manager_client.post("/v1/reruns", json={"plan_id": rerun})
    assert [move(verb) for verb in ("resume", "pause", "pause", "resume")] == [
        *((200, state) for state in ("running", "paused", "paused", "running"))
    ]
    status, state = move("cancel")
    assert (status, state in {"canceling", "canceled"}) == (200, True)
    ward.set_rerun(rerun, state=RerunState.CANCELED)
    assert [move(verb) for verb in ("cancel", "pause", "resume")] == [
        (200, "canceled"),
        (409, "already_terminal"),
        (409, "already_terminal"),
    ]
    assert code_of(promote(manager_client, rerun)) == (409, "not_finished")


def test_a_campaign_tells_how_far_it_has_come(ward: Ward, manager_client: httpx.Client) -> None:
    cases = ward.cases([answer()] * 4)
    rerun = started(manager_client, ward.candidate())
    ward.give_runs(rerun)
    with ward.worker.transaction() as session:
        (run,) = lifecycle.claim_runs(session, worker="t", queue=RunQueue.BULK, limit=1, lease=timedelta(60))
        lifecycle.record_failure(session, run, "non_finite_activation")
        session.get_one(BulkGate, 1).is_open = False
    ward.set_item(rerun, run.case_id, state=RerunItemState.FAILED)
    told = manager_client.get(f"/v1/reruns/{rerun}").json()
    assert told["items"] == {"failed": 1, "queued": 3}
    assert (told["failures"], told["progress"], told["gate_open"]) == ({"non_finite_activation": 1}, 0.25, False)
    assert told["eta_s"] >= 0
    assert len(cases) == 4


def test_promotion_and_roll_back_restore_every_pointer_and_state(ward: Ward, manager_client: httpx.Client) -> None:
    cases = ward.cases([answer("review"), refusal(), "undecodable_image", answer("refer", "mel"), answer()])
    before = published(ward, cases)
    rerun = started(manager_client, ward.candidate())
    ward.carry_out(rerun, {cases[0]: answer("refer"), cases[3]: refusal(), cases[4]: "decoder_crashed"})
    assert published(ward, cases) == before
    assert promote(manager_client, rerun).json() == {"promoted": 4, "conflicts": 0, "left": 0}
    assert [state for state, *_ in published(ward, cases)] == [*["completed"] * 3, "rejected", "completed"]
    assert all(code is None for _, _, code in published(ward, cases))
    assert promote(manager_client, rerun).json() == {"promoted": 0, "conflicts": 0, "left": 4}
    one = manager_client.post(f"/v1/reruns/{rerun}/rollback", json={"case_ids": [cases[0], cases[4]]})
    assert one.json() == {"rolled_back": 1, "conflicts": 0, "left": 1}
    assert published(ward, cases)[0] == before[0]
    rest = manager_client.post(f"/v1/reruns/{rerun}/rollback")
    assert rest.json() == {"rolled_back": 3, "conflicts": 0, "left": 0}
    assert published(ward, cases) == before
    told = manager_client.get(f"/v1/reruns/{rerun}").json()
    assert told["promotions"] == {"rolled_back": 4}


def test_too_many_flips_publish_nothing(ward: Ward, manager_client: httpx.Client) -> None:
    cases = ward.cases([answer("review")] * 4)
    before = published(ward, cases)
    rerun = started(manager_client, ward.candidate(), max_flip_ratio=0.25)
    ward.carry_out(rerun, {cases[0]: answer("refer"), cases[1]: refusal()})
    assert code_of(promote(manager_client, rerun)) == (409, "flip_ratio_exceeded")
    assert code_of(promote(manager_client, rerun, max_flip_ratio=0.49)) == (409, "flip_ratio_exceeded")
    assert code_of(promote(manager_client, rerun, "list", case_ids=cases[:3])) == (409, "flip_ratio_exceeded")
    assert published(ward, cases) == before
    assert promote(manager_client, rerun, "list", case_ids=cases[2:3]).json()["promoted"] == 1
    assert promote(manager_client, rerun, max_flip_ratio=0.5).json() == {"promoted": 3, "conflicts": 0, "left": 1}


def test_agreeing_results_are_those_of_the_same_decision_and_label(ward: Ward, manager_client: httpx.Client) -> None:
    cases = ward.cases([answer("review", "nv")] * 3 + [refusal(), "decoder_crashed"])
    rerun = started(manager_client, ward.candidate(), max_flip_ratio=0)
    ward.carry_out(rerun, {cases[0]: answer("refer"), cases[1]: answer("review", "mel"), cases[3]: refusal()})
    assert promote(manager_client, rerun, "agreeing").json() == {"promoted": 2, "conflicts": 0, "left": 0}
    promoted = {case for case, item in ward.items(rerun).items() if item.promotion == Promotion.PROMOTED}
    assert promoted == {cases[2], cases[3]}


def test_nobody_publishes_or_takes_back_what_is_of_another_clinic(
    ward: Ward, manager_client: httpx.Client, operator_client: httpx.Client, gateway_database: Database
) -> None:
    """Named by id: by the list of a promotion, and of a roll back, of a campaign that goes over all clinics too."""
    other = clinics.create_clinic(gateway_database, "Other", CLINIC_SCOPES)
    assert other.clinic_id
    theirs = dataclasses.replace(ward, clinic_id=other.clinic_id).cases([answer("review")] * 2)
    mine = ward.cases([answer("review")])
    target = ward.candidate()
    rerun, wide = started(manager_client, target), started(operator_client, ward.candidate())
    for each in (rerun, wide):
        ward.carry_out(each, {}, answer("refer"))
    before = published(ward, theirs)
    assert set(ward.items(rerun)) == set(mine)
    assert set(ward.items(wide)) == {*mine, *theirs}
    # Alone, among one's own, and by somebody else's campaign: as if they were not there.
    assert promote(manager_client, rerun, "list", case_ids=theirs).json() == {"promoted": 0, "conflicts": 0, "left": 2}
    told = promote(manager_client, rerun, "list", case_ids=[*theirs, *mine]).json()
    assert told == {"promoted": 1, "conflicts": 0, "left": 2}
    assert code_of(promote(manager_client, wide, "list", case_ids=theirs)) == (404, "not_found")
    back = {"case_ids": theirs}
    assert manager_client.post(f"/v1/reruns/{rerun}/rollback", json=back).json()["rolled_back"] == 0
    assert code_of(manager_client.post(f"/v1/reruns/{wide}/rollback", json=back)) == (404, "not_found")
    assert published(ward, theirs) == before
    assert {item.promotion for case, item in ward.items(wide).items() if case in theirs} == {None}


def test_chunks_lose_nobody(ward: Ward, manager_client: httpx.Client) -> None:
    cases = ward.cases([answer()] * 205)
    rerun = started(manager_client, ward.candidate())
    ward.carry_out(rerun, {cases[150]: "decoder_crashed"})
    assert promote(manager_client, rerun).json() == {"promoted": 204, "conflicts": 0, "left": 0}
    back = manager_client.post(f"/v1/reruns/{rerun}/rollback")
    assert back.json() == {"rolled_back": 204, "conflicts": 0, "left": 0}
    with ward.worker.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Event).where(Event.type == "result.superseded")) == 408


def test_of_two_campaigns_over_the_same_cases_one_wins(ward: Ward, manager_client: httpx.Client) -> None:
    cases = ward.cases([answer()] * 2)
    early, late = (started(manager_client, ward.candidate()) for _ in range(2))
    for rerun in (early, late):
        ward.carry_out(rerun, {})
    assert promote(manager_client, early, "list", case_ids=cases[:1]).status_code == 200
    assert promote(manager_client, late).json() == {"promoted": 1, "conflicts": 1, "left": 0}
    assert code_of(promote(manager_client, early, "list", case_ids=cases[1:])) == (409, "promotion_conflict")


def test_of_two_who_promote_at_once_one_is_told_to_wait(ward: Ward, manager_client: httpx.Client) -> None:
    ward.cases([answer()])
    rerun = started(manager_client, ward.candidate())
    ward.carry_out(rerun, {})
    with ward.gateway.transaction(ward.clinic_id) as other:
        assert repository.try_lock(other, rerun)
        assert code_of(promote(manager_client, rerun)) == (409, "promotion_in_flight")
        back = manager_client.post(f"/v1/reruns/{rerun}/rollback")
        assert code_of(back) == (409, "promotion_in_flight")
    assert promote(manager_client, rerun).json()["promoted"] == 1


def test_one_case_is_run_again_at_once(ward: Ward, manager_client: httpx.Client, model_id: str) -> None:
    failed, done = ward.cases(["undecodable_image", answer()])
    response = manager_client.post(f"/v1/cases/{failed}/rerun", json={"promote": True})
    told = response.json()
    assert (response.status_code, told["state"], told["items"]) == (202, "running", {"planned": 1})
    assert (told["target_model"]["id"], told["auto_promote"], told["max_flip_ratio"]) == (model_id, True, 1.0)
    ward.carry_out(told["id"], {})
    assert promote(manager_client, told["id"]).json()["promoted"] == 1
    assert ward.case(failed).state == "completed"
    other = ward.candidate()
    again = manager_client.post(f"/v1/cases/{done}/rerun", json={"target_model": other})
    assert (again.status_code, again.json()["target_model"]["id"], again.json()["auto_promote"]) == (202, other, False)


def test_a_case_that_cannot_be_run_is_refused_and_leaves_nothing(ward: Ward, manager_client: httpx.Client) -> None:
    canceled, opened = (accept(ward.gateway, ward.clinic_id, ward.model_id).id for _ in range(2))
    with ward.gateway.transaction(ward.clinic_id) as session:
        lifecycle.cancel_case(session, session.get_one(Case, canceled))
    asked = {
        canceled: (409, "case_canceled"),
        opened: (409, "case_open"),
        f"case_{'0' * 26}": (404, "not_found"),
    }
    for case, refused in asked.items():
        assert code_of(manager_client.post(f"/v1/cases/{case}/rerun")) == refused
    unknown = {"target_model": f"mdl_{'0' * 26}"}
    assert code_of(manager_client.post(f"/v1/cases/{opened}/rerun", json=unknown)) == (422, "unknown_model")
    with ward.worker.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Rerun)) == 0


def test_a_case_is_not_run_twice_at_a_time(ward: Ward, manager_client: httpx.Client) -> None:
    (case,) = ward.cases([answer()])
    first = manager_client.post(f"/v1/cases/{case}/rerun")
    ward.give_runs(first.json()["id"])
    assert code_of(manager_client.post(f"/v1/cases/{case}/rerun")) == (409, "run_in_flight")


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel", "promote", "rollback"])
def test_another_clinics_campaign_is_not_there(
    ward: Ward, manager_client: httpx.Client, operator_client: httpx.Client, verb: str
) -> None:
    ward.cases([answer()])
    rerun = started(operator_client, ward.candidate())
    body = {"scope": "all"} if verb == "promote" else None
    assert code_of(manager_client.post(f"/v1/reruns/{rerun}/{verb}", json=body)) == (404, "not_found")
    assert code_of(manager_client.post("/v1/reruns", json={"plan_id": rerun})) == (404, "not_found")
    with ward.worker.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Run).where(Run.rerun_id.is_not(None))) == 0
