"""What belongs to another clinic is answered as what does not exist: the same status, headers and words."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest

from services.gateway.clinics import service as clinics
from shared.contracts.enums import Scope
from shared.contracts.ids import IdPrefix, new_id
from tests.integration.gateway.phones import enrolled
from tests.integration.gateway.photos import jpeg, submit
from tests.integration.gateway.worked_cases import finish
from tests.security.conftest import Served
from tests.security.operations import NEEDS, method_and_path, nobodys, parameters_of

# Parameters of paths that name nothing of a clinic's, or what operators alone may name.
NOT_A_CLINICS: Final = {"model_id", "clinic_id", "key_id"}
# A reference is no id: a lesion or a person that no case of the caller names has none. What is written under that of
# another's person is tried in tests/integration/gateway/test_subjects.py.
LISTED: Final = {"lesion_ref", "subject_ref"}
REF: Final = "lesion-of-the-owner"
PERSON: Final = "person-of-the-owner"
SINCE: Final = {"since": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}
# What is sent so that nothing but the id is at fault. An operation that is missing here answers 422 and so fails.
BODIES: Final[dict[str, dict[str, Any]]] = {
    "PATCH /v1/webhook-endpoints/{endpoint_id}": {"description": "mine now"},
    "POST /v1/webhook-endpoints/{endpoint_id}/secret/rotate": {"overlap_s": 0},
    "POST /v1/webhook-endpoints/{endpoint_id}/recover": SINCE,
    "POST /v1/webhook-endpoints/{endpoint_id}/replay-missing": SINCE,
    "POST /v1/reruns/{rerun_id}/promote": {"scope": "all"},
    "POST /v1/reruns/{rerun_id}/rollback": {},
    "POST /v1/cases/{case_id}/rerun": {},
}
OF_ANOTHER: Final = [name for name in NEEDS if set(parameters_of(name)) - NOT_A_CLINICS - LISTED]
LISTS: Final = [name for name in NEEDS if name.startswith("GET ") and not set(parameters_of(name)) - LISTED]
GRANTABLE: Final = tuple(scope for scope in Scope if scope is not Scope.ADMIN)
READS: Final = {
    "case_id": "/v1/cases/{}",
    "run_id": "/v1/runs/{}",
    "endpoint_id": "/v1/webhook-endpoints/{}",
    "delivery_id": "/v1/deliveries/{}",
    "rerun_id": "/v1/reruns/{}",
}


@dataclass
class TwoClinics:
    """One that has one of everything, and one that has every scope and nothing."""

    owner: httpx.Client
    stranger: httpx.Client
    ids: dict[str, str]
    operators_rerun: str
    upload_id: str

    def seen_by_owner(self) -> dict[str, Any]:
        found = {name: self.owner.get(path.format(self.ids[name])) for name, path in READS.items()}
        assert {name: answer.status_code for name, answer in found.items()} == dict.fromkeys(READS, 200)
        return {name: answer.json() for name, answer in found.items()}


def start_campaign(client: httpx.Client, model_id: str) -> str:
    plan = client.post("/v1/reruns/plan", json={"target_model": model_id, "reprocess": "all"}).json()
    started = client.post("/v1/reruns", json={"plan_id": plan["id"]})
    assert started.status_code == 202, started.text
    return str(plan["id"])


@pytest.fixture(scope="module")
def two(served: Served) -> Iterator[TwoClinics]:
    operator_key = clinics.create_admin(served.gateway, "operator").key
    with (
        served.client(served.new_clinic(*GRANTABLE).key) as owner,
        served.client(served.new_clinic(*GRANTABLE).key) as stranger,
        served.client(operator_key) as operator,
    ):
        endpoint = owner.post("/v1/webhook-endpoints", json={"url": "https://receiver.example/"}).json()
        delivery = owner.post(f"/v1/webhook-endpoints/{endpoint['id']}/test").json()
        case = submit(owner, jpeg(1), {"lesion_ref": REF, "subject_ref": PERSON}).json()
        run = finish(served.worker, served.store)
        upload = owner.post("/v1/uploads", json={"media_type": "image/jpeg"}).json()
        ids = {"case_id": case["id"], "run_id": run.run_id, "endpoint_id": endpoint["id"]}
        ids["device_id"] = enrolled(owner, "anna")["device_id"]
        ids |= {"delivery_id": delivery["id"], "rerun_id": start_campaign(owner, served.model_id), "lesion_ref": REF}
        ids["subject_ref"] = PERSON
        yield TwoClinics(owner, stranger, ids, start_campaign(operator, served.model_id), upload["upload_id"])


def told(answer: httpx.Response, ids: dict[str, str]) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Return status, body and headers without what differs between any two requests, and with ids made alike."""
    text = answer.text
    for name, value in ids.items():
        text = text.replace(value, name)
    body = {name: value for name, value in json.loads(text).items() if name != "request_id"}
    changing = {"x-request-id", "date", "ratelimit"}
    return answer.status_code, body, {name: value for name, value in answer.headers.items() if name not in changing}


def answer_to(client: httpx.Client, operation: str, ids: dict[str, str]) -> tuple[int, dict[str, Any], dict[str, str]]:
    method, path = method_and_path(operation, ids)
    return told(client.request(method, path, json=BODIES.get(operation)), ids)


def test_every_parameter_of_a_path_is_somebodys(two: TwoClinics) -> None:
    named = {parameter for operation in NEEDS for parameter in parameters_of(operation)}
    assert named == set(two.ids) | NOT_A_CLINICS, "a new kind of id: whose is it?"
    assert set(BODIES) <= set(OF_ANOTHER)


@pytest.mark.parametrize("operation", OF_ANOTHER)
def test_another_clinics_is_not_there(two: TwoClinics, operation: str) -> None:
    before = two.seen_by_owner()
    nothing = nobodys(operation)
    foreign = answer_to(two.stranger, operation, {name: two.ids[name] for name in nothing})
    assert foreign[0] == 404, foreign
    assert foreign == answer_to(two.stranger, operation, nothing)
    assert two.seen_by_owner() == before


@pytest.mark.parametrize("operation", [name for name in OF_ANOTHER if "rerun_id" in parameters_of(name)])
def test_an_operators_campaign_is_not_there_for_a_clinic(two: TwoClinics, operation: str) -> None:
    """Not even for the clinic whose cases are in it."""
    nothing = nobodys(operation)
    assert answer_to(two.owner, operation, {"rerun_id": two.operators_rerun}) == answer_to(
        two.owner, operation, nothing
    )


@pytest.mark.parametrize("operation", LISTS)
def test_no_list_holds_anything_of_another_clinic(two: TwoClinics, operation: str) -> None:
    method, path = method_and_path(operation, {"lesion_ref": REF, "subject_ref": PERSON})
    answer = two.stranger.request(method, path)
    assert answer.status_code in ({404} if operation.endswith("/export") else {200, 403}), answer.text
    held = [value for value in (*two.ids.values(), two.operators_rerun) if value in answer.text]
    # The path that was asked for stands in the refusal alone.
    assert held == ([] if answer.status_code == 200 else [value for value in (REF, PERSON) if value in path])


def test_an_id_in_a_body_is_not_there_either(two: TwoClinics, served: Served) -> None:
    """An upload, a plan, a case of a selection and a clinic: of another clinic as of nobody."""

    def plan(**selector: Any) -> dict[str, Any]:
        return {"target_model": served.model_id, "selector": selector}

    nobody = {
        "case_id": new_id(IdPrefix.CASE),
        "rerun_id": new_id(IdPrefix.RERUN),
        "upload_id": new_id(IdPrefix.UPLOAD),
    }
    for ids in ({**two.ids, "upload_id": two.upload_id}, nobody):
        asked = [
            ("/v1/cases", {"upload_id": ids["upload_id"]}),
            ("/v1/reruns", {"plan_id": ids["rerun_id"]}),
            ("/v1/reruns/plan", plan(case_ids=[ids["case_id"]])),
        ]
        answers = [two.stranger.post(path, json=body) for path, body in asked]
        codes = [(answer.status_code, answer.json()["code"]) for answer in answers]
        assert codes == [(404, "not_found"), (404, "not_found"), (422, "empty_selection")]
